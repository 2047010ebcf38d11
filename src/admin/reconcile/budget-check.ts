// What the accounts of budgets have counted, against what the requests of their present periods cost.

import type { DeclaredKeys } from '../../access/declared-keys.ts'
import { parseKeyRecord } from '../../access/key-record.ts'
import { isRetired } from '../../access/retired-key.ts'
import type { Policies } from '../../budgets/policies.ts'
import { ScopedBudget } from '../../budgets/scoped-budget.ts'
import { BUDGET_SCOPES, type Budget, buildBudget } from '../../core/budget.ts'
import type { BudgetStore, KeyStore } from '../../ledger/store.ts'
import type { Difference } from './difference.ts'
import { isBetween, type Recount, type Span } from './ledger-check.ts'

export interface CountedBudget {
  /** `team search, month`. */
  readonly subject: string
  readonly account: string
  /** When its present period began; null: it has no beginning. */
  readonly sinceMs: number | null
  readonly scope: string
  readonly name: string
}

export interface BudgetSources {
  readonly store: Pick<BudgetStore, 'accounts'> & Pick<KeyStore, 'keys'>
  readonly policies: Policies
  readonly declared: Pick<DeclaredKeys, 'all'>
}

/** Those of org, teams, projects and keys, in their present periods. */
export async function listCounted(
  { store, policies, declared }: BudgetSources,
  nowMs: number,
): Promise<readonly CountedBudget[]> {
  await policies.refresh()
  const others = [...policies.all()].map(([place, { budgets }]) => {
    const split = place.indexOf(':')
    return [place.slice(0, split), place.slice(split + 1), budgets] as const
  })
  const documents = (await store.keys()).filter(({ id }) => !isRetired(id))
  const records = [...declared.all().map(({ record }) => record), ...documents.map(parseKeyRecord)]
  const ofKeys = records.map(({ id, budgets }) => ['key', id, budgets.map(buildBudget)] as const)
  return [...others, ...ofKeys].flatMap(([scope, name, budgets]) =>
    budgets.map((budget: Budget) => describe(scope, name, budget, nowMs)),
  )
}

export async function readSpent(
  { store }: BudgetSources,
  budgets: readonly CountedBudget[],
): Promise<readonly bigint[]> {
  const states = await store.accounts(budgets.map(({ account }) => account))
  return states.map(({ spent }) => spent)
}

export interface Counted {
  readonly budgets: readonly CountedBudget[]
  readonly before: readonly bigint[]
  readonly after: readonly bigint[]
}

/** Whether a recount of the span has seen all requests of the budget's present period. */
export function isCovered({ sinceMs }: CountedBudget, { fromMs }: Span): boolean {
  return sinceMs !== null && sinceMs >= fromMs
}

/** `wasReset`: since its period began. */
export function compareBudgets(
  { byAccount }: Recount,
  { budgets, before, after }: Counted,
  wasReset: (budget: CountedBudget) => boolean,
): readonly Difference[] {
  return budgets.flatMap((budget, index): Difference | readonly [] => {
    const ledger = byAccount.get(budget.account) ?? 0n
    const other = after[index] ?? 0n
    if (isBetween(ledger, before[index] ?? 0n, other)) return []
    const cause = other < ledger && wasReset(budget) ? 'reset' : 'counter_differs'
    return { check: 'budgets', subject: budget.subject, day: null, model: null, ledger, other, cause }
  })
}

function describe(scope: string, name: string, budget: Budget, nowMs: number): CountedBudget {
  const known = BUDGET_SCOPES.find((one) => one === scope) ?? 'org'
  const scoped = new ScopedBudget(known, name, budget)
  return {
    subject: `${scope} ${name}, ${budget.period}`,
    account: scoped.accountAt(nowMs),
    sinceMs: scoped.spanAt(nowMs)?.fromMs ?? null,
    scope,
    name,
  }
}
