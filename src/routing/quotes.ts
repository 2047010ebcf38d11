// What tokens cost on every route at one moment, in columns: the rates of the first bracket of prompt lengths, which most
// requests are charged at. The others, and prices that change before a hold ends, are looked up where they stand.

import type { PriceSchedule } from '../catalog/price-schedule.ts'
import { priceTotal, worstCase } from '../catalog/price-usage.ts'
import { checkedPico, type Pico } from '../core/money.ts'
import { promptTokens, type Usage } from '../core/usage.ts'
import type { Place } from './route-table.ts'

/** From when until when prices are asked for. */
export interface Period {
  readonly nowMs: number
  readonly holdUntilMs: number
  /** The service tier that is asked for; null or absent: none. */
  readonly serviceTier?: string | null
}

export interface Quotes {
  isPriced(place: Place): boolean
  /** What the usage costs now. */
  expectedCost(place: Place, usage: Usage, period: Period): Pico
  /** No usage within the bounds costs more, at any price in force in the period. */
  worstCase(place: Place, bounds: { promptTokens: number; outputTokens: number }, period: Period): Pico
}

export interface QuoteBook {
  /** The quotes in force over the period; the same ones until a price changes. */
  at(period: Period): Quotes
}

/** Null: a route without a price, which is never routed to. */
export function createQuoteBook(schedules: readonly (PriceSchedule | null)[]): QuoteBook {
  let current: ColumnQuotes | null = null
  return {
    at(period) {
      if (current?.holdsOver(period) !== true) current = new ColumnQuotes(schedules, period)
      return current
    },
  }
}

const NEVER = Number.NEGATIVE_INFINITY
const ALWAYS = Number.POSITIVE_INFINITY

class ColumnQuotes implements Quotes {
  readonly #schedules: readonly (PriceSchedule | null)[]
  /** The longest prompt, in tokens, that is charged as the columns say; -1 where they say nothing, NaN without a price. */
  readonly #longestPrompt: Float64Array
  readonly #input: Float64Array
  readonly #cachedInput: Float64Array
  readonly #cacheWrite: Float64Array
  readonly #cacheWriteLong: Float64Array
  readonly #output: Float64Array
  // The moments over which both ends of the period may move before another price is met.
  #nowFromMs = NEVER
  #nowUntilMs = ALWAYS
  #holdFromMs = NEVER
  #holdUntilMs = ALWAYS

  constructor(schedules: readonly (PriceSchedule | null)[], period: Period) {
    const column = (): Float64Array => new Float64Array(schedules.length)
    this.#schedules = schedules
    this.#longestPrompt = column()
    this.#input = column()
    this.#cachedInput = column()
    this.#cacheWrite = column()
    this.#cacheWriteLong = column()
    this.#output = column()
    for (const [place, prices] of schedules.entries()) this.#fill(place, prices, period)
  }

  holdsOver({ nowMs, holdUntilMs }: Period): boolean {
    return (
      nowMs >= this.#nowFromMs &&
      nowMs < this.#nowUntilMs &&
      holdUntilMs >= this.#holdFromMs &&
      holdUntilMs < this.#holdUntilMs
    )
  }

  isPriced(place: Place): boolean {
    return !Number.isNaN(this.#longestPrompt[place])
  }

  expectedCost(place: Place, usage: Usage, { nowMs, serviceTier = null }: Period): Pico {
    if (serviceTier !== null || promptTokens(usage) > (this.#longestPrompt[place] ?? -1))
      return priceTotal(this.#scheduleAt(place), usage, { atMs: nowMs, serviceTier })
    return checkedPico(
      usage.freshInput * (this.#input[place] ?? 0) +
        usage.cacheRead * (this.#cachedInput[place] ?? 0) +
        usage.cacheWrite * (this.#cacheWrite[place] ?? 0) +
        usage.cacheWriteLong * (this.#cacheWriteLong[place] ?? 0) +
        usage.output * (this.#output[place] ?? 0),
    )
  }

  worstCase(place: Place, bounds: { promptTokens: number; outputTokens: number }, period: Period): Pico {
    const { serviceTier = null } = period
    if (serviceTier !== null || bounds.promptTokens > (this.#longestPrompt[place] ?? -1)) {
      const stretch = { atMs: period.nowMs, untilMs: period.holdUntilMs, serviceTier }
      return worstCase(this.#scheduleAt(place), bounds, stretch)
    }
    const dearestInput = Math.max(
      this.#input[place] ?? 0,
      this.#cachedInput[place] ?? 0,
      this.#cacheWrite[place] ?? 0,
      this.#cacheWriteLong[place] ?? 0,
    )
    return checkedPico(bounds.promptTokens * dearestInput + bounds.outputTokens * (this.#output[place] ?? 0))
  }

  #fill(place: Place, prices: PriceSchedule | null, { nowMs, holdUntilMs }: Period): void {
    const now = prices?.segmentAt(nowMs) ?? null
    if (prices === null || now === null) {
      this.#longestPrompt[place] = Number.NaN
      // A price may be known for the future.
      const firstMs = prices?.sheets[0]?.fromMs ?? ALWAYS
      if (firstMs > nowMs) this.#nowUntilMs = Math.min(this.#nowUntilMs, firstMs)
      return
    }
    const last = prices.segmentAt(holdUntilMs) ?? now
    this.#nowFromMs = Math.max(this.#nowFromMs, now.fromMs)
    this.#nowUntilMs = Math.min(this.#nowUntilMs, now.untilMs)
    this.#holdFromMs = Math.max(this.#holdFromMs, last.fromMs)
    this.#holdUntilMs = Math.min(this.#holdUntilMs, last.untilMs)
    const [first] = now.brackets.ordinary
    // Where the price changes before the hold ends, the worst of several has to be found.
    this.#longestPrompt[place] =
      first === undefined || holdUntilMs >= now.untilMs ? -1 : first.upToPromptTokens
    this.#input[place] = first?.rates.input ?? 0
    this.#cachedInput[place] = first?.rates.cachedInput ?? 0
    this.#cacheWrite[place] = first?.rates.cacheWrite ?? 0
    this.#cacheWriteLong[place] = first?.rates.cacheWriteLong ?? 0
    this.#output[place] = first?.rates.output ?? 0
  }

  #scheduleAt(place: Place): PriceSchedule {
    const schedule = this.#schedules[place]
    if (schedule === undefined || schedule === null)
      throw new RangeError(`no price for the route at ${place}`)
    return schedule
  }
}
