// Budgets and limits as JSON: in the record of a key, in the policies of the store, and in the admin API.

import { z } from 'zod'
import {
  BUDGET_PERIODS,
  buildBudget,
  buildLimits,
  DEFAULT_ALERT_AT,
  limitFromUsd,
  type ScopePolicy,
} from '../core/budget.ts'

const count = z.int().positive()

export const budgetDocument = z.strictObject({
  limit_usd: z.number().refine((usd) => limitFromUsd(usd) !== null),
  period: z.enum(BUDGET_PERIODS),
  hard: z.boolean().default(true),
  time_zone: z.string().default('UTC'),
  alert_at: z.array(z.number()).default([...DEFAULT_ALERT_AT]),
})

export const limitsDocument = z.strictObject({
  rpm: count.nullable().default(null),
  tpm: count.nullable().default(null),
  concurrency: count.nullable().default(null),
})

const policyDocument = z.strictObject({
  budgets: z.array(budgetDocument).default([]),
  limits: limitsDocument.nullable().default(null),
})

export type BudgetDocument = z.infer<typeof budgetDocument>
export type LimitsDocument = z.infer<typeof limitsDocument>
export type PolicyDocument = z.infer<typeof policyDocument>

/** Throws where the store holds something else: a budget that cannot be read must not count as none. */
export function parsePolicy(name: string, text: string): ScopePolicy {
  const parsed = policyDocument.safeParse(JSON.parse(text))
  if (!parsed.success)
    throw new Error(`the stored budgets of ${name} are not ones that this version can read`)
  return buildPolicy(parsed.data)
}

function buildPolicy({ budgets, limits }: PolicyDocument): ScopePolicy {
  return { budgets: budgets.map(buildBudget), limits: buildLimits(limits) }
}
