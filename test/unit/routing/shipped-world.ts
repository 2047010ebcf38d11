// The world as the shipped catalogue makes it: every provider on, nothing learned yet.

import { readFileSync } from 'node:fs'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import type { Route } from '../../../src/core/route.ts'
import { type CacheAffinity, createCacheAffinity } from '../../../src/routing/cache-affinity.ts'
import { createCandidateMemo } from '../../../src/routing/candidates.ts'
import { createOutputExpectation, type OutputExpectation } from '../../../src/routing/expected-output.ts'
import { createTokenCorrection, type TokenCorrection } from '../../../src/routing/prompt-tokens.ts'
import { createQuoteBook } from '../../../src/routing/quotes.ts'
import { createRouteTable } from '../../../src/routing/route-table.ts'
import type { World } from '../../../src/routing/world.ts'

export function shippedCatalog(): Catalog {
  return loadCatalog(readFileSync(new URL('../../../config/catalog.yaml', import.meta.url), 'utf8'))
}

export interface Learned {
  readonly tokens: TokenCorrection
  readonly output: OutputExpectation
  readonly cache: CacheAffinity
}

export function nothingLearned(catalog: Catalog): Learned {
  return {
    tokens: createTokenCorrection(),
    output: createOutputExpectation(catalog.routes),
    cache: createCacheAffinity({ maxEntries: 1_000 }),
  }
}

export function shippedWorld(
  catalog: Catalog,
  nowMs: number,
  { tokens, output, cache } = nothingLearned(catalog),
): World {
  const { routes } = catalog
  const table = createRouteTable(routes)
  const facts = { isOn: () => true, jurisdiction: (route: Route) => catalog.jurisdiction(route) }
  const period = { nowMs, holdUntilMs: nowMs + 600_000 }
  const at = (place: number): Route => {
    const route = routes[place]
    if (route === undefined) throw new Error(`no route at ${place}`)
    return route
  }
  return {
    ...period,
    table,
    candidates: createCandidateMemo(routes, facts),
    facts,
    quotes: createQuoteBook(routes.map((route) => catalog.prices(route))).at(period),
    isResting: () => false,
    isShort: () => false,
    promptTokens: (place, profile) => tokens.promptTokens(at(place).tokenizer, profile),
    expectedOutput: (place, shape) => output.expected(place, shape),
    cacheExpectation: (place, subject, prompt) => cache.expected(at(place), subject, { prompt, atMs: nowMs }),
    latencyMs: () => null,
    defaultOutputCap: 16_384,
  }
}
