// Budgets that need attention: spending passed a share of the limit, or a hard one refused for the first time in its period.

import type { BudgetPeriod, BudgetScope } from '../core/budget.ts'
import type { SpentChange } from '../ledger/store.ts'
import type { ScopedBudget } from './scoped-budget.ts'

export interface BudgetAlert {
  /** `spent`: what is spent passed `share` of the limit. `refused`: a request did not fit. */
  readonly kind: 'spent' | 'refused'
  readonly scope: BudgetScope
  readonly name: string
  readonly period: BudgetPeriod
  readonly isHard: boolean
  /** Null where it refused. */
  readonly share: number | null
  /** Picodollars. */
  readonly limit: bigint
  readonly spent: bigint
  /** Null for `total`. */
  readonly resetsAtMs: number | null
}

export interface BudgetAlerts {
  /**
   * A settlement of this process changed an account. Changes of all processes follow each other without a gap, so each
   * share is passed by one of them. Those of before `start` wait for it.
   */
  spent(change: SpentChange): void
  /** Budgets are known from now on: a store books what it finds when it is opened. */
  start(): void
  /** Told once for each account, by each process. */
  refused(budget: ScopedBudget, state: { readonly spent: bigint; readonly atMs: number }): void
}

export interface BudgetAlertsOptions {
  /** Null where this process does not know of the budget. */
  readonly findBudget: (scope: string, name: string, period: string) => ScopedBudget | null
  readonly onAlert: (alert: BudgetAlert) => void
}

/** Shares are told apart to a millionth. */
const MILLION = 1_000_000
const MAX_REMEMBERED = 10_000

export function createBudgetAlerts({ findBudget, onAlert }: BudgetAlertsOptions): BudgetAlerts {
  const refusedAccounts = new Set<string>()
  let early: SpentChange[] | null = []
  const tellSpent = ({ account, before, after }: SpentChange): void => {
    const { scope, name, period, untilMs } = readAccount(account)
    const found = findBudget(scope, name, period)
    if (found === null) return
    const { limit, alertAt } = found.budget
    for (const share of alertAt) {
      const threshold = (limit * BigInt(Math.round(share * MILLION))) / BigInt(MILLION)
      if (before >= threshold || after < threshold) continue
      onAlert({ kind: 'spent', ...aboutOf(found), share, spent: after, resetsAtMs: untilMs })
    }
  }
  return {
    spent(change) {
      if (early === null) tellSpent(change)
      else early.push(change)
    },
    start() {
      const changes = early ?? []
      early = null
      for (const change of changes) tellSpent(change)
    },
    refused(budget, { spent, atMs }) {
      const account = budget.accountAt(atMs)
      if (refusedAccounts.has(account)) return
      if (refusedAccounts.size >= MAX_REMEMBERED) refusedAccounts.clear()
      refusedAccounts.add(account)
      const resetsAtMs = budget.spanAt(atMs)?.untilMs ?? null
      onAlert({ kind: 'refused', ...aboutOf(budget), share: null, spent, resetsAtMs })
    },
  }
}

function aboutOf({ scope, name, budget }: ScopedBudget) {
  return { scope, name, period: budget.period, isHard: budget.isHard, limit: budget.limit }
}

/** The parts of the id that ScopedBudget made; none of them has a colon in it. */
function readAccount(account: string) {
  const [scope = '', name = '', period = '', span] = account.split(':')
  return { scope, name, period, untilMs: span === undefined ? null : Number(span.split('-')[1]) }
}
