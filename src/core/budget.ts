// Budgets and limits as they are set: of whom, for how long, how much.

import { picoFromUsd } from './money.ts'

export const BUDGET_SCOPES = ['org', 'team', 'project', 'key'] as const
export type BudgetScope = (typeof BUDGET_SCOPES)[number]

/** A gateway serves one org. */
export const ORG_NAME = 'default'

export const BUDGET_PERIODS = ['day', 'week', 'month', 'total'] as const
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number]

export interface Budget {
  readonly period: BudgetPeriod
  /** Picodollars. */
  readonly limit: bigint
  /** Hard: what does not fit in is refused. Soft: it is counted, and told of. */
  readonly isHard: boolean
  /** Whose midnight begins a period. */
  readonly timeZone: string
  /** Shares of the limit whose passing is told, such as 0.8. */
  readonly alertAt: readonly number[]
}

/** Null: no limit. */
export interface Limits {
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  readonly concurrency: number | null
}

export const NO_LIMITS: Limits = Object.freeze({
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrency: null,
})

/** What is set for one org, team, project or key. */
export interface ScopePolicy {
  readonly budgets: readonly Budget[]
  readonly limits: Limits
}

/** Spent and held, with a budget's limit, have to fit in 64 bits; so does what two of them differ by. */
const LARGEST_LIMIT_USD = 4_000_000
export const DEFAULT_ALERT_AT: readonly number[] = [0.8, 1]
export const MAX_ALERTS = 10
/** Shares of a limit beyond it: ten times as much. */
export const MOST_SHARE = 10
/** Requests, tokens. */
export const MOST_COUNTED = 1_000_000_000

/** What would be right, for whoever wrote something else, be it in the configuration or to the admin API. */
export const BUDGET_WORDS = {
  limit: `a number of US dollars from 0 to ${LARGEST_LIMIT_USD}, with at most twelve decimals`,
  period: `one of ${BUDGET_PERIODS.join(', ')}`,
  timeZone: 'a time zone of the IANA list, such as UTC or Europe/Berlin',
  share: `a share of the limit above 0 and up to ${MOST_SHARE}, such as 0.8`,
} as const

/** A second one of the same period would say something else of the same money. */
export function hasOnePerPeriod(budgets: readonly { readonly period: BudgetPeriod }[]): boolean {
  return new Set(budgets.map(({ period }) => period)).size === budgets.length
}

/** Exactly; null where the amount is below zero, too large, not finite, or finer than a picodollar. */
export function limitFromUsd(usd: number): bigint | null {
  if (!Number.isFinite(usd) || usd < 0 || usd > LARGEST_LIMIT_USD) return null
  // Small numbers are written with an exponent; twenty decimals show whether there are more than twelve.
  const text = String(usd).includes('e') ? usd.toFixed(20).replace(/0+$/, '').replace(/\.$/, '') : String(usd)
  try {
    return picoFromUsd(text)
  } catch {
    return null
  }
}

/** As it is written: in the configuration, in the store, and by an operator. */
export interface WrittenBudget {
  readonly limit_usd: number
  readonly period: BudgetPeriod
  readonly hard: boolean
  readonly time_zone: string
  readonly alert_at: readonly number[]
}

export interface WrittenLimits {
  readonly rpm?: number | null | undefined
  readonly tpm?: number | null | undefined
  readonly concurrency?: number | null | undefined
}

export function buildBudget(written: WrittenBudget): Budget {
  const limit = limitFromUsd(written.limit_usd)
  if (limit === null) throw new RangeError(`not a limit: ${written.limit_usd}`)
  return {
    period: written.period,
    limit,
    isHard: written.hard,
    timeZone: written.time_zone,
    alertAt: written.alert_at,
  }
}

export function buildLimits(written: WrittenLimits | null): Limits {
  return {
    requestsPerMinute: written?.rpm ?? null,
    tokensPerMinute: written?.tpm ?? null,
    concurrency: written?.concurrency ?? null,
  }
}

export function isTimeZone(name: string): boolean {
  try {
    // An offset such as +02:00 is accepted too, and knows no summer time.
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
