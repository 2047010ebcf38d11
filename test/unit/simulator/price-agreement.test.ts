// Two independent readers of one catalogue: the gateway's price function and the simulator's must never differ.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { priceUsage } from '../../../src/catalog/price-usage.ts'
import { PROVIDER_IDS } from '../../../src/core/route.ts'
import { modelsOfCatalog } from '../../../src/simulator/catalog-models.ts'
import { chargePico } from '../../../src/simulator/price.ts'
import type { SimulatedModel } from '../../../src/simulator/simulated-model.ts'

const text = readFileSync('config/catalog.yaml', 'utf8')
const catalog = loadCatalog(text)
const sold = modelsOfCatalog(parse(text))
const pairs = PROVIDER_IDS.flatMap((provider) =>
  sold[provider].map((model) => ({
    model,
    prices: catalog.model(`${provider}/${model.id}`)?.prices ?? null,
  })),
)

/** Lengths around every bracket's edge, and any. */
const edges = [32_000, 100_000, 128_000, 200_000, 256_000, 272_000]
const promptTokens = fc.oneof(
  fc.nat({ max: 1_000_000 }),
  fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -1, max: 1 })).map(([edge, off]) => edge + off),
)
/** Half of the moments are whole hours, where windows open and close, or the millisecond before. */
const moments = fc
  .tuple(
    fc.integer({ min: Date.parse('2026-01-01') / 3_600_000, max: Date.parse('2028-01-01') / 3_600_000 }),
    fc.constantFrom(0, -1, 1_234_567),
  )
  .map(([hour, offsetMs]) => hour * 3_600_000 + offsetMs)

/** One of those that the sheet in force knows, or the ordinary one. */
function tierOf(model: SimulatedModel, atMs: number, pick: number): string | null {
  const sheet = model.sheets.findLast(({ fromMs }) => fromMs === null || fromMs <= atMs)
  const tiers = [null, 'default', ...Object.keys(sheet?.serviceTiers ?? {})]
  return tiers[pick % tiers.length] ?? null
}

it('charges what the gateway books, for every model, length, hour and service tier', () => {
  expect(pairs.length).toBeGreaterThan(40)
  fc.assert(
    fc.property(
      fc.constantFrom(...pairs),
      promptTokens,
      fc.nat({ max: 100 }),
      fc.nat({ max: 100 }),
      fc.nat({ max: 100_000 }),
      moments,
      fc.nat({ max: 20 }),
      ({ model, prices }, prompt, readShare, writeShare, output, atMs, tierPick) => {
        if (prices === null) throw new Error(`the gateway has no price for ${model.id}`)
        const cachedInput = Math.floor((prompt * readShare) / 200)
        const cacheWrite = Math.floor((prompt * writeShare) / 400)
        const cacheWriteLong = cacheWrite
        const input = prompt - cachedInput - cacheWrite - cacheWriteLong
        const usage = { input, cachedInput, cacheWrite, cacheWriteLong, output, reasoning: 0 }
        const serviceTier = tierOf(model, atMs, tierPick)
        const gateway = priceUsage(
          prices,
          { freshInput: input, cacheRead: cachedInput, cacheWrite, cacheWriteLong, output, reasoning: 0 },
          { atMs, serviceTier },
        )
        expect(chargePico(model, usage, { atMs, serviceTier })).toBe(BigInt(gateway.total))
      },
    ),
    { numRuns: 3000 },
  )
})
