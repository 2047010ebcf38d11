// The budgets that this process knows of: those of org, teams and projects, and those of the keys that it has served.

import { BUDGET_SCOPES, type Budget } from '../core/budget.ts'
import type { AccountState, BudgetStore } from '../ledger/store.ts'
import type { Policies } from './policies.ts'
import { ScopedBudget } from './scoped-budget.ts'

export interface BudgetList {
  /** The present budgets of a key, whenever it is read anew. */
  noteKey(keyId: string, budgets: readonly Budget[]): void
  find(scope: string, name: string, period: string): ScopedBudget | null
  /** What metrics show: all of org, teams and projects, then of the keys that were served first, up to a bound. */
  rows(nowMs: number): Promise<readonly BudgetRow[]>
}

export interface BudgetRow extends AccountState {
  readonly scope: string
  readonly name: string
  readonly period: string
  readonly limit: bigint
}

/** Keys whose budgets are remembered, so that their alerts can be told. */
const MAX_KEYS = 10_000
/** Budgets that metrics show, and of keys among them: each is three series. */
const MAX_SHOWN = 2_000
const MAX_SHOWN_OF_KEYS = 500

export function createBudgetList(policies: Policies, store: Pick<BudgetStore, 'accounts'>): BudgetList {
  const keys = new Map<string, readonly Budget[]>()
  return {
    noteKey(keyId, budgets) {
      if (budgets.length === 0) keys.delete(keyId)
      else if (keys.has(keyId) || keys.size < MAX_KEYS) keys.set(keyId, budgets)
    },
    find(scope, name, period) {
      const known = BUDGET_SCOPES.find((one) => one === scope)
      if (known === undefined) return null
      const budgets = known === 'key' ? keys.get(name) : policies.find(known, name)?.budgets
      const budget = budgets?.find((one) => one.period === period)
      return budget === undefined ? null : new ScopedBudget(known, name, budget)
    },
    async rows(nowMs) {
      const ofKeys = scopedOf([...keys].map(([name, budgets]) => ['key', name, budgets]))
      const others = scopedOf(
        [...policies.all()].map(([place, { budgets }]) => {
          const split = place.indexOf(':')
          return [place.slice(0, split), place.slice(split + 1), budgets]
        }),
      )
      const shown = [...others, ...ofKeys.slice(0, MAX_SHOWN_OF_KEYS)].slice(0, MAX_SHOWN)
      const states = await store.accounts(shown.map((one) => one.accountAt(nowMs)))
      return shown.map(({ scope, name, budget: { period, limit } }, index) => ({
        scope,
        name,
        period,
        limit,
        ...(states[index] ?? { spent: 0n, held: 0n }),
      }))
    },
  }
}

function scopedOf(
  entries: readonly (readonly [string, string, readonly Budget[]])[],
): readonly ScopedBudget[] {
  return entries.flatMap(([scope, name, budgets]) => {
    const known = BUDGET_SCOPES.find((one) => one === scope)
    return known === undefined ? [] : budgets.map((budget) => new ScopedBudget(known, name, budget))
  })
}
