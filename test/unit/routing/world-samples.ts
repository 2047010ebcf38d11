// A world made of plain tables, with real price schedules.

import { createPriceSchedule, type PriceSchedule, type Rates } from '../../../src/catalog/price-schedule.ts'
import type { Route } from '../../../src/core/route.ts'
import type { Usage } from '../../../src/core/usage.ts'
import type { CacheExpectation } from '../../../src/routing/cache-affinity.ts'
import { createCandidateMemo } from '../../../src/routing/candidates.ts'
import type { OutputShape } from '../../../src/routing/expected-output.ts'
import type { RouteFacts } from '../../../src/routing/obstacles.ts'
import { createQuoteBook } from '../../../src/routing/quotes.ts'
import { createRouteTable } from '../../../src/routing/route-table.ts'
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
  /** Prompt tokens that its provider would take now. */
  readonly tokensLeft?: Readonly<Record<string, number>>
  /** By provider; `us` where nothing is said. */
  readonly jurisdictions?: Readonly<Record<string, string>>
}

export const NOW_MS = Date.UTC(2026, 10, 24, 12)

export function sampleWorld({ routes, prices, ...known }: SampleWorld): World {
  const { prompts, outputs, cached, latencies, unavailable, jurisdictions } = known
  const schedules = new Map<string, PriceSchedule>()
  for (const [model, usd] of Object.entries(prices)) schedules.set(model, flatPrices(usd))
  return buildWorld(routes, {
    isOn: ({ model }) => unavailable?.[model] !== 'off',
    isResting: ({ model }) => unavailable?.[model] === 'circuit_open',
    isShort: ({ model }, { freshInput, cacheRead }) =>
      freshInput + cacheRead > (known.tokensLeft?.[model] ?? Infinity),
    prices: ({ model }) => schedules.get(model) ?? null,
    jurisdiction: ({ provider }) => jurisdictions?.[provider] ?? 'us',
    promptTokens: ({ model }) => prompts?.[model] ?? 100,
    expectedOutput: ({ model }) => outputs?.[model] ?? 200,
    cacheExpectation: ({ model }) => ({ cacheRead: cached?.[model] ?? 0, cacheWrite: 0 }),
    latencyMs: ({ model }) => latencies?.[model] ?? null,
  })
}

/** What a test says about each route. */
export interface Knowledge {
  isOn(route: Route): boolean
  isResting(route: Route): boolean
  isShort?(route: Route, expected: Usage): boolean
  prices(route: Route): PriceSchedule | null
  jurisdiction(route: Route): string
  promptTokens(route: Route): number
  expectedOutput(route: Route, shape: OutputShape): number
  cacheExpectation(route: Route): CacheExpectation
  latencyMs(route: Route): number | null
}

export function buildWorld(routes: readonly Route[], known: Knowledge, nowMs = NOW_MS): World {
  const at = (place: number): Route => {
    const route = routes[place]
    if (route === undefined) throw new Error(`no route at ${place}`)
    return route
  }
  const facts: RouteFacts = {
    isOn: (route) => known.isOn(route),
    jurisdiction: (route) => known.jurisdiction(route),
  }
  const period = { nowMs, holdUntilMs: nowMs + 600_000 }
  return {
    ...period,
    table: createRouteTable(routes),
    candidates: createCandidateMemo(routes, facts),
    facts,
    quotes: createQuoteBook(routes.map((route) => known.prices(route))).at(period),
    isResting: (place) => known.isResting(at(place)),
    isShort: (place, expected) => known.isShort?.(at(place), expected) ?? false,
    promptTokens: (place) => known.promptTokens(at(place)),
    expectedOutput: (place, shape) => known.expectedOutput(at(place), shape),
    cacheExpectation: (place) => known.cacheExpectation(at(place)),
    latencyMs: (place) => known.latencyMs(at(place)),
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
