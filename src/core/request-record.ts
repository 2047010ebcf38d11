// One finished request as it is written down: the ledger settles it, metrics and the log read it, /admin shows it.

import type { FailureClass } from './failure.ts'
import type { Pico } from './money.ts'
import type { Effort, ProviderName } from './route.ts'
import type { Tier } from './tier.ts'
import type { TraceContext } from './trace-context.ts'
import type { Usage, UsageSource } from './usage.ts'

/** Who pays: the scopes a request belongs to. */
export interface Payer {
  readonly keyId: string
  readonly team: string | null
  readonly project: string | null
}

/** Cost of one attempt by class, whole picodollars; `total` is their sum. */
export interface Cost {
  readonly input: Pico
  readonly cachedInput: Pico
  readonly cacheWrite: Pico
  readonly output: Pico
  readonly total: Pico
}

export const NO_COST: Cost = Object.freeze({ input: 0, cachedInput: 0, cacheWrite: 0, output: 0, total: 0 })

export function addCost(one: Cost, other: Cost): Cost {
  return {
    input: one.input + other.input,
    cachedInput: one.cachedInput + other.cachedInput,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    output: one.output + other.output,
    total: one.total + other.total,
  }
}

export type AttemptOutcome = 'success' | 'client_gone' | 'expired' | FailureClass

export interface AttemptRecord {
  /** `requestId` and the attempt's number from 1, joined by a dot. Settlement is idempotent by it. */
  readonly attemptId: string
  readonly route: string
  readonly provider: ProviderName
  readonly model: string
  readonly effort: Effort | null
  readonly startedAtMs: number
  /** When the first content came; null when none did. */
  readonly firstByteAtMs: number | null
  readonly endedAtMs: number
  readonly outcome: AttemptOutcome
  /** HTTP status of the provider; null when it gave none. */
  readonly status: number | null
  /** The provider's reason when it failed, cut to 300 characters. */
  readonly reason: string | null
  readonly usage: Usage
  /** How `usage` is known; null when the provider bills nothing for this attempt. */
  readonly source: UsageSource | null
  readonly cost: Cost
}

export const REQUEST_OUTCOMES = [
  'success',
  'client_gone',
  'stream_interrupted',
  'upstream_rejected',
  'upstream_error',
  'upstream_timeout',
  'internal_error',
  'expired',
] as const
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number]

export interface RequestRecord extends Payer {
  readonly requestId: string
  /** Ids of the accounts that its cost is booked in: those of its budgets, in the periods in which it was held. */
  readonly accounts?: readonly string[] | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** The `model` of the request. */
  readonly requestedModel: string
  /** The tier the request was routed at. */
  readonly tier: Tier
  readonly isStream: boolean
  readonly outcome: RequestOutcome
  /** HTTP status the client got (499 when it left before one). */
  readonly status: number
  /** In the order they were made; the last one is the one that answered, if any did. */
  readonly attempts: readonly AttemptRecord[]
  /** What the same tokens would have cost on `baselineModel`; 0 when nothing was billed. */
  readonly baseline: Pico
  readonly baselineModel: string | null
  /** Own time: from the request's last byte to the first upstream byte sent, plus that after the answer. */
  readonly overheadMs: number
  /** The decision as JSON text (see routing/decision): candidates, numbers, verdicts. */
  readonly decision: string
  /** The trace that the client said it belongs to, or that was begun for it here. */
  readonly trace?: TraceContext
  /** Set by the ledger alone: what had been booked for this request as an estimate before its real end was known. */
  readonly estimateReplaced?: {
    readonly cost: Pico
    readonly baseline: Pico
    /** The estimate's own `endedAtMs`: whose it was. */
    readonly endedAtMs?: number
  }
}

export function requestCost(record: Pick<RequestRecord, 'attempts'>): Pico {
  let total = 0
  for (const attempt of record.attempts) total += attempt.cost.total
  return total
}
