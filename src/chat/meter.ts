// What an attempt used and what it costs: as the provider reported it, or, where it did not, an estimate that says so.
// Pure, and the only place where an attempt is priced.

import type { PriceSchedule } from '../catalog/price-schedule.ts'
import { priceUsage } from '../catalog/price-usage.ts'
import { type Cost, NO_COST } from '../core/request-record.ts'
import { NO_USAGE, promptTokens, type Usage, type UsageSource } from '../core/usage.ts'
import type { AttemptEnd } from './attempt.ts'

export interface Metered {
  readonly usage: Usage
  /** Null when the provider bills nothing for the attempt. */
  readonly source: UsageSource | null
  readonly cost: Cost
}

export interface MeterInput {
  readonly end: AttemptEnd
  readonly prices: PriceSchedule
  readonly startedAtMs: number
  /** What the attempt was expected to use. */
  readonly expected: Usage
}

/** Visible text per token, bytes: about four in English; used only where a provider reported nothing. */
const BYTES_PER_TOKEN = 4

export function meterAttempt({ end, prices, startedAtMs, expected }: MeterInput): Metered {
  const counted = countUsage(end, expected)
  if (counted === null) return { usage: NO_USAGE, source: null, cost: NO_COST }
  const cost = priceUsage(prices, counted.usage, {
    atMs: startedAtMs,
    serviceTier: end.reader?.serviceTier ?? null,
  })
  return { ...counted, cost }
}

function countUsage(end: AttemptEnd, expected: Usage): { usage: Usage; source: UsageSource } | null {
  const { reader } = end
  if (reader === null) {
    // An error answer, a refused connection: no provider bills these. Silence until a deadline of ours, or a client that
    // left before the answer began, may be billed for the prompt at least.
    const { failure } = end
    const isSilent = end.kind === 'client_gone' || (failure?.class === 'timeout' && failure.status === null)
    return isSilent ? { usage: { ...expected, output: 0, reasoning: 0 }, source: 'estimated' } : null
  }
  // Usage that stands behind a complete answer is the last word, also where the client left or the attempt failed then.
  if (reader.isComplete && reader.usage !== undefined) {
    const isDrained = end.isWhole && end.kind === 'client_gone'
    return { usage: reader.usage, source: isDrained ? 'drained' : 'provider' }
  }
  return { usage: estimateUsage(reader.usage, reader.outputBytes, expected), source: 'estimated' }
}

/** A stream that broke off may have reported its prompt already (Anthropic does): that part is kept, the output is counted. */
function estimateUsage(reported: Usage | undefined, outputBytes: number, expected: Usage): Usage {
  const prompt = reported !== undefined && promptTokens(reported) > 0 ? reported : expected
  const output = Math.max(reported?.output ?? 0, Math.ceil(outputBytes / BYTES_PER_TOKEN))
  return { ...prompt, output, reasoning: Math.min(output, reported?.reasoning ?? 0) }
}
