// The budgets of the admin API over a store, without any in the configuration.

import { type BudgetAdmin, type BudgetAdminOptions, createBudgetAdmin } from '../../src/admin/budget-admin.ts'
import { createPolicies } from '../../src/budgets/policies.ts'

export function testBudgetAdmin(options: Omit<BudgetAdminOptions, 'policies'>): BudgetAdmin {
  const policies = createPolicies({
    store: options.store,
    configured: new Map(),
    everyMs: 60_000,
    onError: (error) => {
      throw error
    },
  })
  return createBudgetAdmin({ ...options, policies })
}
