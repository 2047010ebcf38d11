// The body of PUT /admin/budgets.

import { z } from 'zod'
import { budgetsInput, limitsInput } from '../access/budget-fields.ts'
import { strictInput } from '../access/strict-input.ts'
import type { BudgetDocument, LimitsDocument } from '../budgets/budget-document.ts'

const policyInput = strictInput(
  { budgets: budgetsInput.default([]), limits: limitsInput.default(null) },
  { wanted: 'The body must be a JSON object' },
)

export interface PolicyInput {
  readonly budgets: BudgetDocument[]
  readonly limits: LimitsDocument | null
}

/** One budget alone is short for a list of it. */
export const policySchema: z.ZodType<PolicyInput> = z.preprocess(
  (body) =>
    typeof body === 'object' && body !== null && ('limit_usd' in body || 'period' in body)
      ? { budgets: [body] }
      : body,
  policyInput,
)
