// Prices in columns against the prices as they stand in the catalogue.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { priceUsage, worstCase } from '../../../src/catalog/price-usage.ts'
import { createQuoteBook } from '../../../src/routing/quotes.ts'
import { shippedCatalog } from './shipped-world.ts'
import { pricesOf } from './world-samples.ts'

const catalog = shippedCatalog()
const schedules = catalog.routes.map((route) => catalog.prices(route))
const START_MS = Date.UTC(2026, 9, 1)
const tokens = fc.oneof(fc.nat(2_000), fc.nat(1_200_000))
/** Moments of some months, many of them close to the full and half hours at which windows open and close. */
const moment = fc
  .tuple(fc.nat(24 * 120), fc.constantFrom(-1, 0, 1, 59_000, 60_000, 600_000, 1_800_000 - 1, 1_800_000))
  .map(([hours, ms]) => START_MS + hours * 3_600_000 + ms)
const period = fc
  .tuple(moment, fc.constantFrom(1_000, 600_000, 7_200_000))
  .map(([nowMs, ms]) => ({ nowMs, holdUntilMs: nowMs + ms }))
const usage = fc.record({
  freshInput: tokens,
  cacheRead: tokens,
  cacheWrite: fc.nat(5_000),
  cacheWriteLong: fc.nat(5_000),
  output: fc.nat(100_000),
  reasoning: fc.constant(0),
})

describe('quotes', () => {
  it('are the prices of the catalogue, at any moment, whichever moments were asked for before', () => {
    const book = createQuoteBook(schedules)
    fc.assert(
      fc.property(period, usage, tokens, fc.nat(schedules.length - 1), (at, used, prompt, place) => {
        const prices = schedules[place] ?? null
        const quotes = book.at(at)
        expect(quotes.isPriced(place)).toBe(prices !== null && prices.segmentAt(at.nowMs) !== null)
        if (prices === null || !quotes.isPriced(place)) return
        expect(quotes.expectedCost(place, used, at)).toBe(priceUsage(prices, used, { atMs: at.nowMs }).total)
        const bounds = { promptTokens: prompt, outputTokens: used.output }
        expect(quotes.worstCase(place, bounds, at)).toBe(
          worstCase(prices, bounds, { atMs: at.nowMs, untilMs: at.holdUntilMs }),
        )
      }),
      { numRuns: 3_000 },
    )
  })

  it('know of a price from the moment it comes into force', () => {
    const rates = { input: 1, cachedInput: 1, cacheWrite: 1, cacheWriteLong: 1, output: 1 }
    const book = createQuoteBook([pricesOf(rates, START_MS), null])
    const isPriced = (nowMs: number, place = 0): boolean =>
      book.at({ nowMs, holdUntilMs: nowMs + 1_000 }).isPriced(place)
    expect([isPriced(START_MS - 1), isPriced(START_MS), isPriced(START_MS - 1)]).toEqual([false, true, false])
    expect(isPriced(START_MS, 1)).toBe(false)
  })
})
