// The world as the shipped catalogue makes it: every provider on, nothing learned yet.

import { readFileSync } from 'node:fs'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { type CacheAffinity, createCacheAffinity } from '../../../src/routing/cache-affinity.ts'
import { createOutputExpectation, type OutputExpectation } from '../../../src/routing/expected-output.ts'
import { createTokenCorrection, type TokenCorrection } from '../../../src/routing/prompt-tokens.ts'
import type { World } from '../../../src/routing/world.ts'

export function shippedCatalog(): Catalog {
  return loadCatalog(readFileSync(new URL('../../../config/catalog.yaml', import.meta.url), 'utf8'))
}

export interface Learned {
  readonly tokens: TokenCorrection
  readonly output: OutputExpectation
  readonly cache: CacheAffinity
}

export function nothingLearned(): Learned {
  return {
    tokens: createTokenCorrection(),
    output: createOutputExpectation(),
    cache: createCacheAffinity({ maxEntries: 1_000 }),
  }
}

export function shippedWorld(
  catalog: Catalog,
  nowMs: number,
  { tokens, output, cache } = nothingLearned(),
): World {
  return {
    routes: catalog.routes,
    prices: (route) => catalog.prices(route),
    jurisdiction: (route) => catalog.jurisdiction(route),
    nowMs,
    holdUntilMs: nowMs + 600_000,
    unavailable: () => null,
    promptTokens: (route, profile) => tokens.promptTokens(route.tokenizer, profile),
    expectedOutput: (route, shape) => output.expected(route, shape),
    cacheExpectation: (route, subject, prompt) => cache.expected(route, subject, { prompt, atMs: nowMs }),
    latencyMs: () => null,
    defaultOutputCap: 16_384,
  }
}
