// A world made of plain tables, with real price schedules.

import { createPriceSchedule, type PriceSchedule, type Rates } from '../../../src/catalog/price-schedule.ts'
import type { Route } from '../../../src/core/route.ts'
import type { World } from '../../../src/routing/world.ts'

/** Tables are by the name of the model. */
export interface SampleWorld {
  readonly routes: readonly Route[]
  /** USD per million tokens of input; output costs five times, cached input a tenth. */
  readonly prices: Readonly<Record<string, number>>
  readonly prompts?: Readonly<Record<string, number>>
  readonly outputs?: Readonly<Record<string, number>>
  readonly cached?: Readonly<Record<string, number>>
  readonly latencies?: Readonly<Record<string, number>>
  readonly unavailable?: Readonly<Record<string, string>>
  /** By provider; `us` where nothing is said. */
  readonly jurisdictions?: Readonly<Record<string, string>>
}

export const NOW_MS = Date.UTC(2026, 10, 24, 12)

export function sampleWorld({
  routes,
  prices,
  prompts,
  outputs,
  cached,
  latencies,
  unavailable,
  jurisdictions,
}: SampleWorld): World {
  const schedules = new Map<string, PriceSchedule>()
  for (const [model, usd] of Object.entries(prices)) schedules.set(model, flatPrices(usd))
  return {
    routes,
    prices: ({ model }) => schedules.get(model) ?? null,
    jurisdiction: ({ provider }) => jurisdictions?.[provider] ?? 'us',
    nowMs: NOW_MS,
    holdUntilMs: NOW_MS + 600_000,
    unavailable: ({ model }) => unavailable?.[model] ?? null,
    promptTokens: ({ model }) => prompts?.[model] ?? 100,
    expectedOutput: ({ model }) => outputs?.[model] ?? 200,
    cacheExpectation: ({ model }) => ({ cacheRead: cached?.[model] ?? 0, cacheWrite: 0 }),
    latencyMs: ({ model }) => latencies?.[model] ?? null,
    defaultOutputCap: 16_384,
  }
}

function flatPrices(usdPerMillion: number): PriceSchedule {
  const input = Math.round(usdPerMillion * 1e6)
  return pricesOf({
    input,
    cachedInput: Math.round(input / 10),
    cacheWrite: input,
    cacheWriteLong: input,
    output: input * 5,
  })
}

/** In force always, without brackets or windows. */
export function pricesOf(rates: Rates, fromMs = Number.NEGATIVE_INFINITY): PriceSchedule {
  const ordinary = [{ upToPromptTokens: Number.POSITIVE_INFINITY, rates }]
  return createPriceSchedule([
    {
      fromMs,
      base: { ordinary, byServiceTier: new Map() },
      window: null,
      source: 'test',
      checked: '2026-11-24',
    },
  ])
}
