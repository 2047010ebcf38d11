// The period of a report: what was asked for, else the last 30 days.

import { invalidInput } from './parse-input.ts'
import { parseInstant } from './parse-instant.ts'

const DEFAULT_PERIOD_MS = 30 * 86_400_000

export interface PeriodInput {
  readonly from?: string | number
  readonly to?: string | number
}

export interface Period {
  /** Inclusive. */
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

/** Throws GatewayError `invalid_request` on a moment that is none, or a period that ends before it begins. */
export function readPeriod({ from, to }: PeriodInput, nowMs: number): Period {
  // Without an end, this very millisecond is still inside.
  const toMs = to === undefined ? nowMs + 1 : parseInstant(to, 'to')
  const fromMs = from === undefined ? toMs - DEFAULT_PERIOD_MS : parseInstant(from, 'from')
  if (fromMs >= toMs) {
    const until = to === undefined ? 'now' : '"to"'
    throw invalidInput('from', `must be before ${until}; the end of a period is exclusive`)
  }
  return { fromMs, toMs }
}
