import { describe, expect, it } from 'vitest'
import { NO_USAGE, type Usage } from '../../../src/core/usage.ts'
import {
  type CacheSubject,
  conversationFingerprint,
  createCacheAffinity,
  marksCache,
} from '../../../src/routing/cache-affinity.ts'
import {
  createOutputExpectation,
  type OutputShape,
  requestKind,
} from '../../../src/routing/expected-output.ts'
import { sampleRequest, sampleRoute } from './route-samples.ts'

const usage = (prompt: number, cacheRead = 0): Usage => ({
  ...NO_USAGE,
  freshInput: prompt - cacheRead,
  cacheRead,
  output: 10,
})

const at = (atMs: number, prompt = 6_000) => ({ prompt, atMs })

const print = (messages: unknown[], keyId = 'k', routing = {}): string =>
  conversationFingerprint(sampleRequest({ messages, routing }), keyId)

const long = (question: string) => [
  { role: 'system', content: 'x'.repeat(50_000) },
  { role: 'user', content: question },
]

const shape = (overrides: Partial<OutputShape> = {}): OutputShape => ({
  kind: 0,
  maxOutputTokens: null,
  choices: 1,
  ...overrides,
})

describe('expected output', () => {
  const routes = [
    sampleRoute({ effort: 'low' }),
    sampleRoute({ effort: 'high' }),
    sampleRoute({ maxOutputTokens: 10 }),
  ]
  const [low, high, small] = [0, 1, 2]

  it('starts from tier and effort, bounded by the cap and multiplied by the choices', () => {
    const output = createOutputExpectation(routes)
    expect(output.expected(high, shape())).toBeGreaterThan(output.expected(low, shape()))
    expect(output.expected(high, shape({ maxOutputTokens: 50 }))).toBe(50)
    expect(output.expected(high, shape({ maxOutputTokens: 50, choices: 3 }))).toBe(150)
    expect(output.expected(small, shape())).toBe(10)
  })

  it('learns what a route really writes, per kind of request, and leaves others alone', () => {
    const output = createOutputExpectation(routes)
    const before = output.expected(high, shape())
    for (let n = 0; n < 100; n++) output.observe(low, shape({ kind: 1 }), 4_000)
    for (let n = 0; n < 100; n++) output.observe(low, shape({ kind: 2 }), 40)
    expect(output.expected(low, shape({ kind: 1 }))).toBeGreaterThan(3_800)
    expect(output.expected(low, shape({ kind: 2 }))).toBeLessThan(60)
    const unseen = output.expected(low, shape({ kind: 4 }))
    expect(unseen).toBeGreaterThan(40)
    expect(unseen).toBeLessThan(4_000)
    expect(output.expected(high, shape())).toBe(before)
  })

  it('counts per choice, and does not take a cut answer for a short one', () => {
    const output = createOutputExpectation(routes)
    for (let n = 0; n < 100; n++) output.observe(low, shape({ choices: 4 }), 4_000)
    expect(output.expected(low, shape())).toBeGreaterThan(950)
    expect(output.expected(low, shape())).toBeLessThan(1_050)
    const before = output.expected(low, shape())
    for (let n = 0; n < 100; n++) output.observe(low, shape({ maxOutputTokens: 16 }), 16)
    expect(output.expected(low, shape())).toBe(before)
    output.observe(low, shape(), Number.NaN)
    expect(output.expected(low, shape())).toBe(before)
  })

  it('goes on with what was learned of the same routes, wherever they stand in another catalogue', () => {
    const before = createOutputExpectation(routes)
    for (let n = 0; n < 100; n++) before.observe(low, shape({ kind: 1 }), 4_000)
    const [first, second, third] = routes
    const others = [third, sampleRoute({ model: 'new' }), second, first].filter(
      (route) => route !== undefined,
    )
    const after = createOutputExpectation(others, before)
    for (const kind of [0, 1, 2])
      expect(after.expected(3, shape({ kind }))).toBe(before.expected(low, shape({ kind })))
    expect(after.expected(2, shape())).toBe(before.expected(high, shape()))
    // And each learns on its own.
    after.observe(3, shape({ kind: 1 }), 10)
    expect(before.expected(low, shape({ kind: 1 }))).toBeGreaterThan(3_800)
  })

  it('tells kinds apart by tools, JSON and length', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } }
    const messages = [{ role: 'user', content: 'x'.repeat(9_000) }]
    const kinds = [
      {},
      { tools: [tool] },
      { response_format: { type: 'json_object' } },
      { messages },
      { tools: [tool], messages },
    ].map((fields) => requestKind(sampleRequest(fields)))
    expect(new Set(kinds).size).toBe(kinds.length)
  })
})

describe('cache affinity', () => {
  const automatic = { mode: 'automatic', minTokens: 1_024, ttlSeconds: 300, chargesWrites: false } as const
  const route = sampleRoute({ cache: automatic })
  const subject: CacheSubject = { conversation: 'a', marksCache: false, repeatedShare: 0 }

  it('expects what was sent before, on the same model, within its lifetime', () => {
    const cache = createCacheAffinity({ maxEntries: 10 })
    expect(cache.expected(route, subject, at(0))).toEqual({ cacheRead: 0, cacheWrite: 0 })
    cache.observe(route, subject, { usage: usage(5_000), atMs: 0 })
    expect(cache.expected(route, subject, at(300_000))).toEqual({ cacheRead: 4_500, cacheWrite: 0 })
    expect(cache.expected(route, subject, at(300_001)).cacheRead).toBe(0)
    expect(cache.expected(route, subject, at(0, 2_000)).cacheRead).toBe(1_800)
    expect(cache.expected(route, { ...subject, conversation: 'b' }, at(0)).cacheRead).toBe(0)
    expect(cache.expected(sampleRoute({ model: 'other', cache: automatic }), subject, at(0)).cacheRead).toBe(
      0,
    )
    const otherEffort = sampleRoute({ effort: 'high', cache: automatic })
    expect(cache.expected(otherEffort, subject, at(0)).cacheRead).toBe(4_500)
  })

  it('expects nothing below the least prefix, without a cache, or without the marks it needs', () => {
    const cache = createCacheAffinity({ maxEntries: 10 })
    cache.observe(route, subject, { usage: usage(1_000), atMs: 0 })
    expect(cache.expected(route, subject, { prompt: 1_200, atMs: 0 }).cacheRead).toBe(0)
    expect(cache.expected(sampleRoute(), subject, { prompt: 9_000, atMs: 0 })).toEqual({
      cacheRead: 0,
      cacheWrite: 0,
    })
    const marked = sampleRoute({ cache: { ...automatic, mode: 'marked', chargesWrites: true } })
    expect(cache.expected(marked, subject, { prompt: 9_000, atMs: 0 }).cacheWrite).toBe(0)
    expect(
      cache.expected(marked, { ...subject, marksCache: true }, { prompt: 9_000, atMs: 0 }).cacheWrite,
    ).toBe(9_000)
  })

  it('expects the rest of the prompt to be written where writes are charged', () => {
    const cache = createCacheAffinity({ maxEntries: 10 })
    const charged = sampleRoute({ cache: { ...automatic, chargesWrites: true } })
    cache.observe(charged, subject, { usage: usage(5_000), atMs: 0 })
    expect(cache.expected(charged, subject, { prompt: 6_000, atMs: 1 })).toEqual({
      cacheRead: 4_500,
      cacheWrite: 1_500,
    })
  })

  it('learns how often a provider really finds a prefix', () => {
    const cache = createCacheAffinity({ maxEntries: 10 })
    for (let n = 0; n < 200; n++) cache.observe(route, subject, { usage: usage(5_000), atMs: n })
    expect(cache.expected(route, subject, { prompt: 5_000, atMs: 200 }).cacheRead).toBeLessThan(500)
    for (let n = 0; n < 200; n++) cache.observe(route, subject, { usage: usage(5_000, 5_000), atMs: n })
    expect(cache.expected(route, subject, { prompt: 5_000, atMs: 200 }).cacheRead).toBeGreaterThan(4_800)
  })

  it('forgets the least recently used conversation first', () => {
    const cache = createCacheAffinity({ maxEntries: 2 })
    const seen = (conversation: string) =>
      cache.observe(route, { ...subject, conversation }, { usage: usage(5_000), atMs: 0 })
    for (const conversation of ['a', 'b', 'a', 'c']) seen(conversation)
    const remembered = ['a', 'b', 'c'].filter(
      (conversation) =>
        cache.expected(route, { ...subject, conversation }, { prompt: 5_000, atMs: 0 }).cacheRead > 0,
    )
    expect(remembered).toEqual(['a', 'c'])
  })
})

describe('conversation fingerprint', () => {
  const turns = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'First question' },
    { role: 'assistant', content: 'An answer' },
    { role: 'user', content: 'Second question' },
  ]

  it('is the same for every turn of a conversation and differs between conversations and keys', () => {
    expect(print(turns)).toBe(print(turns.slice(0, 2)))
    expect(print(turns)).not.toBe(print([turns[0], { role: 'user', content: 'Another question' }]))
    expect(print(turns)).not.toBe(print(turns, 'other-key'))
  })

  it('is the session when the client names one, within its key', () => {
    expect(print(turns, 'k', { session: 's1' })).toBe(print(turns.slice(2), 'k', { session: 's1' }))
    expect(print(turns, 'k', { session: 's1' })).not.toBe(print(turns, 'k2', { session: 's1' }))
  })

  it('tells long openings apart by both ends', () => {
    expect(print(long('one'))).not.toBe(print(long('two')))
  })

  it('contains nothing of the prompt', () => {
    expect(print(turns)).not.toMatch(/brief|question/i)
  })

  it('knows whether the request marks what to cache', () => {
    const part = { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }
    expect(marksCache(sampleRequest({ messages: [{ role: 'user', content: [part] }] }))).toBe(true)
    expect(marksCache(sampleRequest({ messages: [{ role: 'user', content: 'say "cache_control"' }] }))).toBe(
      false,
    )
  })
})
