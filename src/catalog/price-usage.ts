// One function prices usage: for the estimate, the hold and the bill. A request is priced at the moment it was sent
// upstream (no vendor says which moment counts), at the bracket of its whole prompt.

import { checkedPico, type Pico } from '../core/money.ts'
import type { Cost } from '../core/request-record.ts'
import { promptTokens, type Usage } from '../core/usage.ts'
import type { Bracket, Brackets, PriceSchedule, Rates, TieredBrackets } from './price-schedule.ts'

export interface Moment {
  readonly atMs: number
  /** As the provider reported it; null or absent: the ordinary one. */
  readonly serviceTier?: string | null
}

/** Names that providers give to the ordinary service. */
const ORDINARY_TIERS = new Set(['default', 'auto', 'standard', 'standard_only', 'scale', 'on_demand'])

/** Throws a RangeError when no price is in force, or the amount is no safe integer. */
export function priceUsage(prices: PriceSchedule, usage: Usage, moment: Moment): Cost {
  const rates = ratesInForce(prices, promptTokens(usage), moment)
  const input = usage.freshInput * rates.input
  const cachedInput = usage.cacheRead * rates.cachedInput
  const cacheWrite = usage.cacheWrite * rates.cacheWrite + usage.cacheWriteLong * rates.cacheWriteLong
  const output = usage.output * rates.output
  return {
    input,
    cachedInput,
    cacheWrite,
    output,
    total: checkedPico(input + cachedInput + cacheWrite + output),
  }
}

/** The total of `priceUsage` without its parts, for comparing many routes. */
export function priceTotal(prices: PriceSchedule, usage: Usage, moment: Moment): Pico {
  const rates = ratesInForce(prices, promptTokens(usage), moment)
  return checkedPico(
    usage.freshInput * rates.input +
      usage.cacheRead * rates.cachedInput +
      usage.cacheWrite * rates.cacheWrite +
      usage.cacheWriteLong * rates.cacheWriteLong +
      usage.output * rates.output,
  )
}

/** The rates for a prompt of that length at that moment. Throws a RangeError when no price is in force. */
export function ratesInForce(
  prices: PriceSchedule,
  prompt: number,
  { atMs, serviceTier = null }: Moment,
): Rates {
  const segment = prices.segmentAt(atMs)
  if (segment === null) throw new RangeError(`no price is in force at ${new Date(atMs).toISOString()}`)
  const brackets =
    serviceTier === null ? segment.brackets.ordinary : bracketsOfTier(segment.brackets, serviceTier)
  return bracketOf(brackets, prompt).rates
}

export interface TokenBounds {
  readonly promptTokens: number
  readonly outputTokens: number
}

export interface Stretch {
  readonly atMs: number
  readonly untilMs: number
  /**
   * What the request asks for; the provider may serve it at the ordinary tier all the same, so the dearer one counts.
   * `auto` leaves it to what is configured at the provider, which may be any.
   */
  readonly serviceTier?: string | null
}

/** No usage within the bounds costs more at any moment of `[atMs, untilMs]`, at the ordinary service tier or the one asked for. */
export function worstCase(
  prices: PriceSchedule,
  bounds: TokenBounds,
  { atMs, untilMs, serviceTier = null }: Stretch,
): Pico {
  let worst = 0
  for (let fromMs = atMs; fromMs <= untilMs; ) {
    const segment = prices.segmentAt(fromMs)
    if (segment === null) throw new RangeError(`no price is in force at ${new Date(fromMs).toISOString()}`)
    for (const brackets of possibleBrackets(segment.brackets, serviceTier))
      worst = Math.max(worst, dearest(brackets, bounds))
    fromMs = segment.untilMs
  }
  return checkedPico(worst)
}

function possibleBrackets(tiered: TieredBrackets, serviceTier: string | null): readonly Brackets[] {
  const { ordinary, byServiceTier } = tiered
  if (serviceTier === null) return [ordinary]
  if (serviceTier === 'auto') return [ordinary, ...byServiceTier.values()]
  return [ordinary, bracketsOfTier(tiered, serviceTier)]
}

function dearest(brackets: Brackets, { promptTokens: prompt, outputTokens: output }: TokenBounds): Pico {
  let worst = 0
  for (const { upToPromptTokens, rates } of brackets) {
    // A shorter prompt than the bound may fall into any bracket below it, and shorter is not always cheaper.
    const most = Math.min(prompt, upToPromptTokens)
    const cost = most * dearestInput(rates) + output * rates.output
    if (cost > worst) worst = cost
    if (upToPromptTokens >= prompt) break
  }
  return worst
}

function dearestInput(rates: Rates): Pico {
  return Math.max(rates.input, rates.cachedInput, rates.cacheWrite, rates.cacheWriteLong)
}

function bracketOf(brackets: Brackets, prompt: number): Bracket {
  for (const bracket of brackets) if (prompt <= bracket.upToPromptTokens) return bracket
  throw new RangeError(`no bracket for a prompt of ${prompt} tokens`)
}

/** A tier nobody has told us the price of is charged as the dearest we know: unknown is not cheap. */
function bracketsOfTier({ ordinary, byServiceTier }: TieredBrackets, serviceTier: string): Brackets {
  const known = byServiceTier.get(serviceTier)
  if (known !== undefined) return known
  if (ORDINARY_TIERS.has(serviceTier)) return ordinary
  let chosen = ordinary
  for (const brackets of byServiceTier.values()) {
    if ((brackets[0]?.rates.output ?? 0) > (chosen[0]?.rates.output ?? 0)) chosen = brackets
  }
  return chosen
}
