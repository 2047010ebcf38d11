// What an attempt used and what it costs: as the provider reported it, or, where it did not, an estimate that says so.
// Pure, and the only place where an attempt is priced.

import type { PriceSchedule } from '../catalog/price-schedule.ts'
import { type Moment, priceUsage } from '../catalog/price-usage.ts'
import { addCost, type Cost, NO_COST } from '../core/request-record.ts'
import {
  type ModelUsage,
  NO_USAGE,
  promptTokens,
  type ReportedUsage,
  type Usage,
  type UsageSource,
} from '../core/usage.ts'
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
  /** Of another model of the same provider; null where nobody knows. */
  readonly pricesOf: (model: string) => PriceSchedule | null
  /** The service tier that the provider was asked for, which an estimate goes by; null: none. */
  readonly askedTier: string | null
  /** Whether the answer comes as it is made, and not when all of it is. */
  readonly isStream: boolean
  /** Whether the model thinks, and what it thinks is not all in the answer. */
  readonly hidesReasoning: boolean
  readonly startedAtMs: number
  /** What the attempt was expected to use. */
  readonly expected: Usage
}

/** Visible text per token, bytes: about four in English; used only where a provider reported nothing. */
const BYTES_PER_TOKEN = 4

export function meterAttempt(input: MeterInput): Metered {
  const counted = countUsage(input)
  if (counted === null) return { usage: NO_USAGE, source: null, cost: NO_COST }
  const { usage: reported, source } = counted
  const { end, prices, askedTier, startedAtMs: atMs } = input
  const serviceTier = end.reader?.serviceTier ?? (source === 'estimated' ? askedTier : null)
  const moment = { atMs, serviceTier }
  // One model's, as nearly every usage is.
  if (reported.byModel === undefined)
    return { usage: reported, source, cost: priceUsage(prices, reported, moment) }
  const { byModel, ...usage } = reported
  return { usage, source, cost: costOf(byModel, input, moment) }
}

/** Each part at the price of the model that did it; one that nobody knows costs what was asked for. */
function costOf(parts: readonly ModelUsage[], { prices, pricesOf }: MeterInput, moment: Moment): Cost {
  return parts
    .map(({ model, usage }) => priceUsage((model === null ? null : pricesOf(model)) ?? prices, usage, moment))
    .reduce(addCost)
}

interface Counted {
  readonly usage: ReportedUsage
  readonly source: UsageSource
}

function countUsage({ end, expected, isStream, hidesReasoning }: MeterInput): Counted | null {
  const { reader } = end
  if (reader === null) {
    // An error answer, a refused connection: no provider bills these. Silence until a deadline of ours, or a client that
    // left before the answer began, may be billed: for all of an answer that is made before its first byte, and for the
    // prompt of one that would have come as it is made.
    const { failure } = end
    const isSilent = end.kind === 'client_gone' || (failure?.class === 'timeout' && failure.status === null)
    if (!isSilent) return null
    return { usage: isStream ? { ...expected, output: 0, reasoning: 0 } : expected, source: 'estimated' }
  }
  // Usage that stands behind a complete answer is the last word, also where the client left or the attempt failed then.
  if (reader.isComplete && reader.usage !== undefined) {
    const isDrained = end.isWhole && end.kind === 'client_gone'
    return { usage: reader.usage, source: isDrained ? 'drained' : 'provider' }
  }
  const usage = estimateUsage(reader.usage, reader.outputBytes, expected)
  // What does not come as it is made had been made whole before its first byte; and who writes has thought before.
  const isMoreThanSeen = !isStream || (hidesReasoning && reader.outputBytes > 0)
  const output = isMoreThanSeen ? Math.max(usage.output, expected.output) : usage.output
  return { usage: { ...usage, output }, source: 'estimated' }
}

/** A stream that broke off may have reported its prompt already (Anthropic does): that part is kept, the output is counted. */
function estimateUsage(reported: ReportedUsage | undefined, outputBytes: number, expected: Usage): Usage {
  const { byModel: _, ...prompt }: ReportedUsage =
    reported !== undefined && promptTokens(reported) > 0 ? reported : expected
  const output = Math.max(reported?.output ?? 0, Math.ceil(outputBytes / BYTES_PER_TOKEN))
  return { ...prompt, output, reasoning: Math.min(output, reported?.reasoning ?? 0) }
}
