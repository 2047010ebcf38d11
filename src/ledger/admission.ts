// What a hold asks for besides being written down, and what the store says to it.

import type { Pico } from '../core/money.ts'

/** The account of one budget in one of its periods. */
export interface AccountDemand {
  readonly id: string
  /** No more than this may be spent and held; null: it is counted, and never refused. */
  readonly limit: bigint | null
}

/** How much may happen under one name: in any minute, and at once. Null: no limit. */
export interface Rate {
  readonly name: string
  readonly requests: number | null
  readonly tokens: number | null
  readonly concurrency: number | null
  /** Under which its tokens are counted, and settled: the request's id, or that of an attempt. */
  readonly entry: string
}

export interface RateDemand {
  readonly nowMs: number
  /** Expected; the settlement puts the real number in its place. */
  readonly expectedTokens: number
  readonly rates: readonly Rate[]
}

export interface Demand extends RateDemand {
  /** Held where there is no room for the whole amount. */
  readonly leastAmount: Pico
  readonly accounts: readonly AccountDemand[]
  /** Of the stored policies that it was made from. */
  readonly policyVersion: number
}

/** What was counted under a rate's name within the last minute. */
export interface RateState {
  readonly requests: number
  readonly tokens: number
  /** Until none of it counts any more. */
  readonly resetMs: number
}

export type RateKind = 'requests' | 'tokens' | 'concurrency'

export type Admission =
  /** `amount` is what is held; `rates` are in the order of the demand, this request included. */
  | { readonly kind: 'held'; readonly amount: Pico; readonly rates: readonly RateState[] }
  | { readonly kind: 'no_room'; readonly account: number; readonly spent: bigint; readonly held: bigint }
  | {
      readonly kind: 'limited'
      readonly rate: number
      readonly by: RateKind
      /** When there is room again, if nobody is quicker. A place of the concurrency may be free at any time. */
      readonly retryAfterMs: number
      readonly rates: readonly RateState[]
    }
  /** The stored policies are newer than the demand. */
  | { readonly kind: 'stale' }

/** What begins the name of a rate that counts the attempts on a route, not the requests of a caller. */
export const ROUTE_RATE = 'route:'
/** For so long a request and its tokens count under a rate. */
export const RATE_WINDOW_MS = 60_000
/** When a place may be free nobody knows; then it is worth asking again. */
export const CONCURRENCY_RETRY_MS = 1_000
/** An account is kept for so long after the end of its period: settlements may come late. */
export const ACCOUNT_KEPT_MS = 8 * 86_400_000

/** When the period of an account ends; null where it never does. */
export function accountEndMs(id: string): number | null {
  const end = /-(\d+)$/.exec(id)?.[1]
  return end === undefined ? null : Number(end)
}
