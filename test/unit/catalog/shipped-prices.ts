// Every model of the catalogue as it ships, in every region that has a price: schedule and oracle side by side.

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import type { PriceSchedule } from '../../../src/catalog/price-schedule.ts'
import { PROVIDER_IDS } from '../../../src/core/route.ts'
import type { Usage } from '../../../src/core/usage.ts'
import { oracleSheets, readOracleFile } from './price-oracle.ts'

const shippedText = readFileSync(new URL('../../../config/catalog.yaml', import.meta.url), 'utf8')
export const shippedFile = readOracleFile(shippedText)

export interface PricedModel {
  readonly name: string
  readonly prices: PriceSchedule
  readonly sheets: ReturnType<typeof oracleSheets>
}

export const pricedModels: readonly PricedModel[] = PROVIDER_IDS.flatMap((provider) =>
  Object.keys(shippedFile.providers[provider]?.regions ?? {}).flatMap((region) =>
    loadCatalog(shippedText, { regions: new Map([[provider, region]]) })
      .models.filter((model) => model.provider === provider)
      .flatMap(({ id, prices }) =>
        prices === null
          ? []
          : [
              {
                name: `${provider}/${id} in ${region}`,
                prices,
                sheets: oracleSheets(shippedFile, `${provider}/${id}`, region),
              },
            ],
      ),
  ),
)

/** Where the price of a whole request changes, for all models together. */
export const bracketEdges = [
  ...new Set(
    pricedModels.flatMap(({ sheets }) =>
      sheets.flatMap(({ brackets }) =>
        brackets.flatMap(({ up_to }) => (up_to === undefined ? [] : [Number(up_to)])),
      ),
    ),
  ),
]

export const anyModel = fc.constantFrom(...pricedModels)

export const anyPrompt = fc.oneof(
  fc.nat({ max: 1_000_000 }),
  fc
    .tuple(fc.constantFrom(...bracketEdges), fc.integer({ min: -1, max: 1 }))
    .map(([edge, difference]) => edge + difference),
)

/** A prompt of that length, split into the four classes of input. */
export function splitPrompt(prompt: number, cuts: readonly [number, number, number], output: number): Usage {
  const [a = 0, b = 0, c = 0] = cuts.map((cut) => Math.floor(cut * prompt)).toSorted((x, y) => x - y)
  return {
    freshInput: a,
    cacheRead: b - a,
    cacheWrite: c - b,
    cacheWriteLong: prompt - c,
    output,
    reasoning: 0,
  }
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
export const anyUsage = fc
  .tuple(anyPrompt, fc.tuple(share, share, share), fc.nat({ max: 1_000_000 }))
  .map(([prompt, cuts, output]) => splitPrompt(prompt, cuts, output))

const HOUR_MS = 3_600_000
/** Whole hours, where windows open and close, a millisecond or a minute before, and any moment between. */
export const anyMoment = fc
  .tuple(
    fc.integer({ min: Date.UTC(2025, 0) / HOUR_MS, max: Date.UTC(2028, 0) / HOUR_MS }),
    fc.oneof(fc.constantFrom(0, -1, -60_000), fc.nat({ max: HOUR_MS - 1 })),
  )
  .map(([hour, differenceMs]) => hour * HOUR_MS + differenceMs)

export const anyServiceTier = fc.constantFrom(
  null,
  'default',
  'auto',
  'flex',
  'batch',
  'priority',
  'fast',
  'turbo',
)
