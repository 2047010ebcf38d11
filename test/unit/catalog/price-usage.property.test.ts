import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { priceUsage, worstCase } from '../../../src/catalog/price-usage.ts'
import type { Usage } from '../../../src/core/usage.ts'
import { NO_USAGE } from '../../../src/core/usage.ts'
import { oracleCost, oracleSheets, readOracleFile } from './price-oracle.ts'
import { sampleCatalog } from './sample-catalog.ts'
import {
  anyModel,
  anyMoment,
  anyPrompt,
  anyServiceTier,
  anyUsage,
  bracketEdges,
  pricedModels,
  shippedFile,
  splitPrompt,
} from './shipped-prices.ts'

const CLASSES = ['freshInput', 'cacheRead', 'cacheWrite', 'cacheWriteLong', 'output'] as const

describe('the price of a usage', () => {
  it('is exactly what fractions make of the file, for every model, region, moment and service tier', () => {
    expect(pricedModels.length).toBeGreaterThan(75)
    fc.assert(
      fc.property(
        anyModel,
        anyUsage,
        anyMoment,
        anyServiceTier,
        ({ prices, sheets }, usage, atMs, serviceTier) => {
          const exact = oracleCost(shippedFile, sheets, { usage, atMs, serviceTier })
          const { total, ...parts } = priceUsage(prices, usage, { atMs, serviceTier })
          expect(exact).not.toBeNull()
          expect(BigInt(total) * (exact?.d ?? 0n)).toBe(exact?.n)
          expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  it('is exact for any price with up to six decimals', () => {
    const decimal = fc
      .tuple(fc.nat({ max: 99 }), fc.stringMatching(/^\d{0,6}$/))
      .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`))
    fc.assert(
      fc.property(fc.tuple(decimal, decimal, decimal, decimal, decimal), anyUsage, (written, usage) => {
        const [input, cached, write, long, output] = written
        const bracket = `{ input: ${input}, cached_input: ${cached}, cache_write: ${write}, cache_write_long: ${long}, output: ${output} }`
        const text = sampleCatalog(['{ input: 10, output: 30 }', bracket])
        const prices = loadCatalog(text).model('openai/gone')?.prices ?? null
        if (prices === null) throw new Error('the sample has a price')
        const file = readOracleFile(text)
        const exact = oracleCost(file, oracleSheets(file, 'openai/gone', 'global'), {
          usage,
          atMs: 0,
          serviceTier: null,
        })
        expect(BigInt(priceUsage(prices, usage, { atMs: 0 }).total) * (exact?.d ?? 0n)).toBe(exact?.n)
      }),
      { numRuns: 200 },
    )
  })

  it('is never negative, and nothing for nothing', () => {
    fc.assert(
      fc.property(anyModel, anyUsage, anyMoment, anyServiceTier, ({ prices }, usage, atMs, serviceTier) => {
        for (const part of Object.values(priceUsage(prices, usage, { atMs, serviceTier })))
          expect(part).toBeGreaterThanOrEqual(0)
        expect(priceUsage(prices, NO_USAGE, { atMs, serviceTier }).total).toBe(0)
      }),
    )
  })

  it('grows with every class of tokens inside a bracket', () => {
    fc.assert(
      fc.property(
        anyModel,
        anyUsage,
        anyMoment,
        fc.constantFrom(...CLASSES),
        fc.integer({ min: 1, max: 1_000 }),
        ({ prices, sheets }, usage, atMs, name, more) => {
          const grown: Usage = { ...usage, [name]: usage[name] + more }
          fc.pre(bracketIndex(sheets, usage) === bracketIndex(sheets, grown))
          expect(priceUsage(prices, grown, { atMs }).total).toBeGreaterThan(
            priceUsage(prices, usage, { atMs }).total,
          )
        },
      ),
    )
  })

  it('counts reasoning once, inside output', () => {
    for (const { prices } of pricedModels) {
      const visible: Usage = { ...NO_USAGE, output: 1_000 }
      const hidden: Usage = { ...visible, reasoning: 900 }
      const atMs = Date.UTC(2026, 10, 24)
      expect(priceUsage(prices, hidden, { atMs })).toEqual(priceUsage(prices, visible, { atMs }))
    }
  })
})

const usageOf = (prompt: number): Usage => ({
  ...NO_USAGE,
  freshInput: prompt - 10,
  cacheRead: 10,
  output: 7,
})

describe('the edge of a bracket', () => {
  const edged = pricedModels.flatMap(({ name, prices, sheets }) =>
    (sheets.at(-1)?.brackets ?? []).flatMap((bracket, index, all) => {
      const next = all[index + 1]
      return bracket.up_to === undefined || next === undefined
        ? []
        : [{ name, prices, edge: Number(bracket.up_to), below: bracket, above: next }]
    }),
  )

  it('reprices the whole request one token later', () => {
    expect(edged.length).toBeGreaterThan(40)
    const atMs = Date.UTC(2026, 10, 24)
    for (const { prices, edge, below, above } of edged) {
      const expected = (row: typeof below, prompt: number): number =>
        Math.round(
          (prompt - 10) * Number(row.input) * 1e6 +
            10e6 * Number(row.cached_input ?? row.input) +
            7e6 * Number(row.output),
        )
      expect(priceUsage(prices, usageOf(edge), { atMs }).total).toBe(expected(below, edge))
      expect(priceUsage(prices, usageOf(edge + 1), { atMs }).total).toBe(expected(above, edge + 1))
    }
  })

  it('is where the vendors have it: Haiku 5.5 costs five times as much from 100,001 tokens, cache reads included', () => {
    expect(bracketEdges.toSorted((a, b) => a - b)).toEqual([
      32_000, 100_000, 128_000, 200_000, 256_000, 272_000,
    ])
    const haiku = pricedModels.find(({ name }) => name.startsWith('anthropic/claude-haiku-5-5'))
    if (haiku === undefined) throw new Error('claude-haiku-5-5 is sold')
    const at = (cacheRead: number): number =>
      priceUsage(haiku.prices, { ...NO_USAGE, freshInput: 1, cacheRead, output: 1_000 }, { atMs: 0 }).output
    expect(at(100_000)).toBe(5 * at(99_999))
  })
})

describe('the worst case', () => {
  const HOUR_MS = 3_600_000

  it('is never below what any usage within the bounds costs, at any moment of the stretch', () => {
    fc.assert(
      fc.property(
        anyModel,
        anyUsage,
        anyMoment,
        fc.nat({ max: 30 * HOUR_MS }),
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 5_000 }), fc.nat({ max: 5_000 })),
        anyServiceTier,
        ({ prices }, usage, atMs, lengthMs, [share, slackPrompt, slackOutput], serviceTier) => {
          const bounds = {
            promptTokens:
              usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong + slackPrompt,
            outputTokens: usage.output + slackOutput,
          }
          const untilMs = atMs + lengthMs
          const momentMs = atMs + Math.floor(lengthMs * share)
          const worst = worstCase(prices, bounds, { atMs, untilMs, serviceTier })
          expect(priceUsage(prices, usage, { atMs: momentMs, serviceTier }).total).toBeLessThanOrEqual(worst)
          expect(priceUsage(prices, usage, { atMs: momentMs }).total).toBeLessThanOrEqual(worst)
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('is no more than that: some usage within the bounds does cost it', () => {
    fc.assert(
      fc.property(
        anyModel,
        anyPrompt,
        fc.nat({ max: 10_000 }),
        anyMoment,
        fc.nat({ max: 30 }),
        ({ prices }, promptTokens, outputTokens, atMs, hours) => {
          const untilMs = atMs + hours * HOUR_MS
          const lengths = [promptTokens, ...bracketEdges.filter((edge) => edge < promptTokens)]
          const cuts = [
            [0, 0, 0],
            [1, 1, 1],
            [0, 1, 1],
            [0, 0, 1],
          ] as const
          const moments = Array.from({ length: hours + 2 }, (_, index) =>
            Math.min(index === 0 ? atMs : Math.floor(atMs / HOUR_MS + index) * HOUR_MS, untilMs),
          )
          let most = 0
          for (const moment of moments)
            for (const length of lengths)
              for (const cut of cuts)
                most = Math.max(
                  most,
                  priceUsage(prices, splitPrompt(length, cut, outputTokens), { atMs: moment }).total,
                )
          expect(worstCase(prices, { promptTokens, outputTokens }, { atMs, untilMs })).toBe(most)
        },
      ),
      { numRuns: 500 },
    )
  })
})

type Sheets = (typeof pricedModels)[number]['sheets']

/** Brackets of all sheets of a model have the same edges. */
function bracketIndex(sheets: Sheets, usage: Usage): number {
  const prompt = usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong
  return (sheets[0]?.brackets ?? []).findIndex(({ up_to }) => up_to === undefined || prompt <= Number(up_to))
}
