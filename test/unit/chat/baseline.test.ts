// What savings are measured against: the price of the same tokens elsewhere, from the cache where they would have been in it,
// and nothing where no price is in force.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Model } from '../../../src/catalog/catalog.ts'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { priceUsage } from '../../../src/catalog/price-usage.ts'
import { baselineOf, baselineOfAttempts } from '../../../src/chat/baseline.ts'
import { type AttemptRecord, NO_COST } from '../../../src/core/request-record.ts'
import type { CacheRules } from '../../../src/core/route.ts'
import { NO_USAGE, promptTokens, type Usage } from '../../../src/core/usage.ts'
import { type CacheSubject, createCacheAffinity } from '../../../src/routing/cache-affinity.ts'
import { createTokenCorrection } from '../../../src/routing/prompt-tokens.ts'
import { readTextProfile } from '../../../src/routing/text-profile.ts'
import { sampleCatalog } from '../catalog/sample-catalog.ts'
import { sampleRequest, sampleRoute } from '../routing/route-samples.ts'

const PRICE = '{ input: 10, cached_input: 1, cache_write: 12, output: 30 }'
const sheet = '- source: a page\n        checked: 2026-01-01\n        brackets:\n          - '
const catalog = loadCatalog(
  sampleCatalog([
    `${sheet}{ input: 10, output: 30 }`,
    `${sheet.replace('source', 'from: 2026-06-01\n        source')}${PRICE}`,
  ]),
)
const BASELINE = 'openai/gone'
const baselineRoute = { provider: 'openai', model: 'gone' }
const CACHE: CacheRules = { mode: 'automatic', minTokens: 1_024, ttlSeconds: 300, chargesWrites: false }
const NOW_MS = Date.parse('2026-06-01')

const elsewhere = sampleRoute({ provider: 'deepseek', model: 'other', cache: CACHE })
const profile = readTextProfile(sampleRequest({ messages: [{ role: 'user', content: 'x'.repeat(8_000) }] }))
const usageOf = (prompt: number, classes: Partial<Usage> = {}): Usage => {
  const { cacheRead = 0, cacheWrite = 0 } = classes
  return { ...NO_USAGE, ...classes, freshInput: prompt - cacheRead - cacheWrite, output: 7 }
}

function servicesWith(cache: CacheRules | null = CACHE) {
  const model = (id: string): Model | undefined => {
    const found = catalog.model(id)
    return found === undefined ? undefined : { ...found, cache }
  }
  return {
    catalog: { model },
    learning: { cache: createCacheAffinity({ maxEntries: 10 }), tokens: createTokenCorrection() },
  }
}

const subjectOf = (fields: Partial<CacheSubject> = {}): CacheSubject => ({
  conversation: 'a',
  marksCache: false,
  repeatedShare: 0,
  ...fields,
})

const measure = (baselineModel: string | null, day: string) => ({
  requirements: { baselineModel, cache: subjectOf(), pinned: null, profile },
  startedAtMs: Date.parse(day),
})
const now = (cache: CacheSubject = subjectOf(), startedAtMs = NOW_MS) => ({
  requirements: { baselineModel: BASELINE, cache, pinned: null, profile },
  startedAtMs,
})

it('is the price that was in force', () => {
  const usage = usageOf(3)
  expect(baselineOf(servicesWith(), measure(BASELINE, '2026-06-01'), { usage, route: elsewhere })).toEqual({
    baseline: 240_000_000,
    baselineModel: BASELINE,
  })
})

it.each([
  ['a price of the future', BASELINE, '2026-05-31'],
  ['a model that nobody knows', 'openai/unheard-of', '2026-06-01'],
  ['no model', null, '2026-06-01'],
])('%s says nothing', (_, model, day) => {
  const answered = { usage: usageOf(3), route: elsewhere }
  expect(baselineOf(servicesWith(), measure(model, day), answered)).toEqual({
    baseline: 0,
    baselineModel: null,
  })
})

interface Move {
  readonly cache?: CacheRules | null
  readonly marksCache?: boolean
  readonly agoMs?: number
  readonly prompt?: number
}

/** The baseline of a turn of 3,000 tokens elsewhere, where the one before went to the baseline itself. */
function moved({ cache = CACHE, marksCache = false, agoMs = 60_000, prompt = 2_000 }: Move = {}): number {
  const services = servicesWith(cache)
  const subject = subjectOf({ marksCache })
  const before = sampleRoute({ ...baselineRoute, cache: CACHE })
  services.learning.cache.observe(before, subject, { usage: usageOf(prompt), atMs: NOW_MS - agoMs })
  return baselineOf(services, now(subject), { usage: usageOf(3_000), route: elsewhere }).baseline
}

describe('a conversation that was moved', () => {
  const input = 10_000_000
  const cached = 1_000_000
  const output = 7 * 30_000_000

  it('would have had the turn before in the cache of the baseline', () => {
    expect(moved()).toBe(1_000 * input + 2_000 * cached + output)
  })

  it('would not, after the lifetime of the cache, below its least prefix, or without its marks', () => {
    const fresh = 3_000 * input + output
    expect(moved({ agoMs: 300_001 })).toBe(fresh)
    expect(moved({ cache: { ...CACHE, minTokens: 2_001 } })).toBe(fresh)
    expect(moved({ cache: { ...CACHE, mode: 'marked' } })).toBe(fresh)
    expect(moved({ cache: { ...CACHE, mode: 'marked' }, marksCache: true })).toBeLessThan(fresh)
  })

  it('would, where nobody knows how long the baseline keeps what it read', () => {
    expect(moved({ cache: null, agoMs: 86_400_000, prompt: 1_024 })).toBe(
      1_976 * input + 1_024 * cached + output,
    )
  })

  it('is seen by a turn that went where nothing is cached, and not by its own', () => {
    const services = servicesWith()
    const bare = sampleRoute({ provider: 'alibaba', model: 'bare', cache: null })
    services.learning.cache.observe(bare, subjectOf(), { usage: usageOf(2_000), atMs: NOW_MS - 1 })
    services.learning.cache.observe(bare, subjectOf(), { usage: usageOf(3_000), atMs: NOW_MS })
    const { baseline } = baselineOf(services, now(), { usage: usageOf(3_000), route: bare })
    expect(baseline).toBe(1_000 * input + 2_000 * cached + output)
  })

  it('whose turn before nobody here knows is taken for one that came in time', () => {
    const subject = subjectOf({ repeatedShare: 0.8 })
    const answered = { usage: usageOf(5_000), route: elsewhere }
    expect(baselineOf(servicesWith(), now(subject), answered).baseline).toBe(
      1_000 * input + 4_000 * cached + output,
    )
    // A model that was its own baseline all along saved nothing, and lost nothing.
    expect(baselineOf(servicesWith(), now(subject), { ...answered, route: baselineRoute }).baseline).toBe(
      5_000 * input + output,
    )
  })

  it('by its application, which named the models, has what each turn was billed', () => {
    const services = servicesWith()
    services.learning.cache.observe(elsewhere, subjectOf(), { usage: usageOf(2_000), atMs: NOW_MS - 1 })
    const { requirements, startedAtMs } = now()
    const pinned = { modelId: BASELINE, routes: [] }
    const answered = { usage: usageOf(3_000), route: baselineRoute }
    expect(
      baselineOf(services, { requirements: { ...requirements, pinned }, startedAtMs }, answered).baseline,
    ).toBe(3_000 * input + output)
  })

  it('and moved back has lost its cache, and one that stayed has what it was billed', () => {
    const answered = { usage: usageOf(3_000, { cacheWrite: 3_000 }), route: baselineRoute }
    const billed = 3_000 * 12_000_000 + output
    for (const [route, expected] of [
      [elsewhere, 2_000 * cached + 1_000 * 12_000_000 + output],
      [sampleRoute({ ...baselineRoute, cache: CACHE }), billed],
    ] as const) {
      const services = servicesWith()
      services.learning.cache.observe(route, subjectOf(), { usage: usageOf(2_000), atMs: NOW_MS - 1 })
      expect(baselineOf(services, now(), answered).baseline).toBe(expected)
    }
  })

  it('has no higher baseline than one that is all new, whatever came before', () => {
    const prices = catalog.model(BASELINE)?.prices
    if (prices == null) throw new Error('no prices')
    const tokens = fc.nat(20_000)
    fc.assert(
      fc.property(
        fc.record({ prompt: tokens, read: tokens, written: tokens, before: tokens }),
        fc.record({ agoMs: fc.nat(600_000), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
        fc.constantFrom(null, CACHE, { ...CACHE, mode: 'marked' as const }),
        ({ prompt, read, written, before }, { agoMs, share }, cache) => {
          const cacheRead = Math.min(prompt, read)
          const cacheWrite = Math.min(prompt - cacheRead, written)
          const usage = usageOf(prompt, { cacheRead, cacheWrite })
          const services = servicesWith(cache)
          const subject = subjectOf({ repeatedShare: share })
          services.learning.cache.observe(elsewhere, subject, {
            usage: usageOf(before),
            atMs: NOW_MS - agoMs,
          })
          const { baseline } = baselineOf(services, now(subject), { usage, route: elsewhere })
          const atMs = NOW_MS
          expect(baseline).toBeLessThanOrEqual(priceUsage(prices, usage, { atMs }).total)
          const allCached = { ...usageOf(0), cacheRead: promptTokens(usage) }
          expect(baseline).toBeGreaterThanOrEqual(priceUsage(prices, allCached, { atMs }).total)
        },
      ),
    )
  })
})

const attempt = (model: string, source: AttemptRecord['source']): AttemptRecord => ({
  attemptId: 'req_1.1',
  route: `openai/${model}`,
  provider: 'openai',
  model,
  effort: null,
  startedAtMs: NOW_MS,
  firstByteAtMs: null,
  endedAtMs: NOW_MS,
  outcome: 'success',
  status: 200,
  reason: null,
  usage: usageOf(2_000),
  source,
  cost: NO_COST,
})

/** The turn before was the baseline's own. */
const services = () => {
  const all = servicesWith()
  const own = sampleRoute({ ...baselineRoute, cache: CACHE })
  all.learning.cache.observe(own, subjectOf(), { usage: usageOf(2_000), atMs: NOW_MS - 1_000 })
  return all
}

describe('the baseline of several attempts', () => {
  const withheld = attempt('gone', 'provider')
  const failed = attempt('other', 'estimated')

  it('goes by the one whose answer the client got, and not by the last', () => {
    const answered = { usage: withheld.usage, route: withheld }
    const attempts = [withheld, failed]
    // The conversation did stay: nothing was lost.
    expect(baselineOfAttempts(services(), now(), { attempts, answered })).toEqual(
      baselineOf(services(), now(), answered),
    )
    expect(baselineOfAttempts(services(), now(), { attempts, answered }).baseline).toBeGreaterThan(
      baselineOf(services(), now(), { usage: failed.usage, route: failed }).baseline,
    )
  })

  it('goes by the last that was billed where the client got no answer', () => {
    const attempts = [failed, withheld, attempt('third', null)]
    expect(baselineOfAttempts(services(), now(), { attempts, answered: null })).toEqual(
      baselineOf(services(), now(), { usage: withheld.usage, route: withheld }),
    )
  })

  it('has none where none was billed', () => {
    const attempts = [attempt('gone', null)]
    const answered = { usage: usageOf(3), route: baselineRoute }
    expect(baselineOfAttempts(services(), now(), { attempts, answered })).toEqual({
      baseline: 0,
      baselineModel: null,
    })
  })
})
