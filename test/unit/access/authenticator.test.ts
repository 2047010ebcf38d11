import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../../src/access/api-key.ts'
import {
  type AuthenticatorOptions,
  createAuthenticator,
  OPEN_CALLER,
} from '../../../src/access/authenticator.ts'
import { createContentSeal } from '../../../src/access/content-seal.ts'
import { createDeclaredKeys, type DeclaredKey } from '../../../src/access/declared-keys.ts'
import { buildKeyDocument, type KeyRecord } from '../../../src/access/key-record.ts'
import { buildRetiredDocument } from '../../../src/access/retired-key.ts'
import { NO_LIMITS } from '../../../src/core/budget.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import { type KeyDocument, StoreUnavailableError } from '../../../src/ledger/store.ts'

const RECORD: KeyRecord = {
  id: 'key_0123456789abcdef',
  name: 'dev',
  team: 'search',
  project: null,
  tags: { feature: 'faq' },
  models: { allow: null, deny: ['openai/*'] },
  jurisdictions: ['US'],
  min_tier: 'standard',
  max_tier: null,
  baseline: 'openai/gpt-4o',
  on_content_filter: 'next',
  budgets: [],
  limits: null,
  when_store_away: null,
  request_tags: null,
  previous_key_until: null,
  expires_at: null,
  created_at: '2026-11-24T00:00:00.000Z',
  revoked_at: null,
  hint: 'abcd',
}

/** A key store of one map that counts how often it is asked, and can be away or slow. */
function createCountingStore() {
  const documents = new Map<string, KeyDocument>()
  return {
    asked: 0,
    isAway: false,
    /** While set, answers wait for it. */
    gate: null as Promise<void> | null,
    put(record: KeyRecord, apiKey: string) {
      documents.set(hashApiKey(apiKey), buildKeyDocument(record, hashApiKey(apiKey)))
    },
    async keyByHash(hash: string): Promise<KeyDocument | null> {
      this.asked++
      const found = documents.get(hash) ?? null
      await this.gate
      if (this.isAway) throw new StoreUnavailableError('away')
      return found
    },
    async key(id: string): Promise<KeyDocument | null> {
      return [...documents.values()].find((document) => document.id === id) ?? null
    },
    retire(apiKey: string, untilMs: number) {
      const hash = hashApiKey(apiKey)
      documents.set(hash, buildRetiredDocument({ keyId: RECORD.id, untilMs }, hash))
    },
  }
}

function setUp(options: Partial<AuthenticatorOptions> = {}) {
  const keys = createCountingStore()
  const clock = { nowMs: 1_000_000, now: () => clock.nowMs }
  const { authenticate } = createAuthenticator({
    keys,
    declared: createDeclaredKeys([]),
    clock,
    mode: 'keys',
    ...options,
  })
  const apiKey = createApiKey(randomBytes)
  keys.put(RECORD, apiKey)
  return { keys, clock, authenticate, apiKey, header: `Bearer ${apiKey}` }
}

async function refusal(attempt: () => unknown): Promise<GatewayError> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('was let in')
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a known key', () => {
  it('becomes the caller with its policy', async () => {
    const { authenticate, header } = setUp()
    const { seal, ...policy } = await authenticate(header)
    expect(seal.name('x')).toBe(createContentSeal(header.slice('Bearer '.length)).name('x'))
    expect(policy).toEqual({
      keyId: 'key_0123456789abcdef',
      name: 'dev',
      team: 'search',
      project: null,
      tags: { feature: 'faq' },
      models: { allow: null, deny: ['openai/*'] },
      jurisdictions: ['US'],
      minTier: 'standard',
      maxTier: null,
      baseline: 'openai/gpt-4o',
      onContentFilter: 'next',
      budgets: [],
      limits: NO_LIMITS,
      whenStoreAway: null,
      requestTags: null,
    })
  })

  it('is answered at once, without the store, for half a second', async () => {
    const { authenticate, header, keys, clock } = setUp()
    const first = await authenticate(header)
    for (let request = 0; request < 100; request++) expect(authenticate(header)).toBe(first)
    clock.nowMs += 499
    expect(authenticate(header)).toBe(first)
    expect(keys.asked).toBe(1)
  })

  it('is checked in the background in the second half of the second, once for many requests', async () => {
    const { authenticate, header, keys, clock } = setUp()
    const first = await authenticate(header)
    clock.nowMs += 600
    for (let request = 0; request < 100; request++) expect(authenticate(header)).toBe(first)
    await settled()
    expect(keys.asked).toBe(2)
    clock.nowMs += 900
    expect(authenticate(header)).not.toBeInstanceOf(Promise)
  })

  it('is waited for when it was last checked more than a second ago', async () => {
    const { authenticate, header, keys, clock } = setUp()
    await authenticate(header)
    clock.nowMs += 1001
    const answer = authenticate(header)
    expect(answer).toBeInstanceOf(Promise)
    await answer
    expect(keys.asked).toBe(2)
  })

  it('is looked up once however many requests come in together', async () => {
    const { authenticate, header, keys } = setUp()
    await Promise.all(Array.from({ length: 50 }, async () => authenticate(header)))
    expect(keys.asked).toBe(1)
  })
})

describe('a revocation', () => {
  const REVOKED = { ...RECORD, revoked_at: '2026-11-24T01:00:00.000Z' }

  it('is seen within a second by an authenticator that knows the key', async () => {
    const { authenticate, header, apiKey, keys, clock } = setUp()
    await authenticate(header)
    keys.put(REVOKED, apiKey)
    clock.nowMs += 1001
    expect((await refusal(() => authenticate(header))).code).toBe('invalid_api_key')
  })

  it('is seen at the next request after the background check', async () => {
    const { authenticate, header, apiKey, keys, clock } = setUp()
    await authenticate(header)
    keys.put(REVOKED, apiKey)
    clock.nowMs += 501
    await authenticate(header)
    await settled()
    expect((await refusal(() => authenticate(header))).status).toBe(401)
  })

  it('is not hidden by a slow store: the second counts from the question, not from the answer', async () => {
    const { authenticate, header, apiKey, keys, clock } = setUp()
    const { promise, resolve: open } = Promise.withResolvers<void>()
    keys.gate = promise
    const first = authenticate(header)
    keys.put(REVOKED, apiKey)
    clock.nowMs += 900
    open()
    await first
    keys.gate = null
    clock.nowMs += 101
    expect((await refusal(() => authenticate(header))).status).toBe(401)
  })
})

describe('what is refused', () => {
  it.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic Zm9vOmJhcg=='],
    ['another prefix', 'Bearer sk-0123456789'],
    ['no key after the prefix', 'Bearer fth_'],
    ['a line break', 'Bearer fth_0123\n4567'],
    ['a NUL', 'Bearer fth_0123\u00004567'],
    ['a character outside ASCII', 'Bearer fth_0123é4567'],
    ['two keys', 'Bearer fth_0123 fth_4567'],
    ['more than 200 characters', `Bearer fth_${'a'.repeat(197)}`],
  ])('%s, before the store is asked', async (_, header) => {
    const { authenticate, keys } = setUp()
    const error = await refusal(() => authenticate(header))
    expect([error.status, error.code]).toEqual([401, 'invalid_api_key'])
    expect(keys.asked).toBe(0)
  })

  it('a key that expired, from the very millisecond on', async () => {
    const { authenticate, apiKey, header, keys, clock } = setUp()
    keys.put({ ...RECORD, expires_at: new Date(clock.nowMs + 300).toISOString() }, apiKey)
    await authenticate(header)
    clock.nowMs += 299
    await authenticate(header)
    clock.nowMs += 1
    expect((await refusal(() => authenticate(header))).status).toBe(401)
  })

  it('says the same of an unknown, a revoked and an expired key, and never quotes it', async () => {
    const { authenticate, apiKey, header, keys } = setUp()
    const other = createApiKey(randomBytes)
    const unknown = await refusal(() => authenticate(`Bearer ${other}`))
    keys.put({ ...RECORD, revoked_at: RECORD.created_at }, apiKey)
    const revoked = await refusal(() => authenticate(header))
    const late = createApiKey(randomBytes)
    keys.put({ ...RECORD, expires_at: '1970-01-01T00:00:01.000Z' }, late)
    const expired = await refusal(() => authenticate(`Bearer ${late}`))
    expect(new Set([unknown.message, revoked.message, expired.message]).size).toBe(1)
    expect(unknown.message).toContain('Incorrect API key provided')
    for (const secret of [other, other.slice(-8)]) expect(unknown.message).not.toContain(secret)
  })

  it('a record that this version cannot read', async () => {
    const { authenticate, header } = setUp({
      keys: {
        key: () => Promise.resolve(null),
        keyByHash: (hash) =>
          Promise.resolve({ id: RECORD.id, hash, document: '{"id":"key_x","admin":true}' }),
      },
    })
    await expect(authenticate(header)).rejects.toThrow('not one that this version can read')
  })

  it('a document whose hash is not that of the key', async () => {
    const document = buildKeyDocument(RECORD, hashApiKey('fth_somebody_else'))
    const { authenticate, header } = setUp({
      keys: { keyByHash: () => Promise.resolve(document), key: () => Promise.resolve(document) },
    })
    expect((await refusal(() => authenticate(header))).status).toBe(401)
  })
})

describe('the key from before a rotation', () => {
  it('is let in as the same caller until the overlap ends, to the millisecond', async () => {
    const { authenticate, keys, clock } = setUp()
    const before = createApiKey(randomBytes)
    keys.retire(before, clock.nowMs + 5_000)
    expect(await authenticate(`Bearer ${before}`)).toMatchObject({ keyId: RECORD.id, team: 'search' })
    clock.nowMs += 4_999
    expect(await authenticate(`Bearer ${before}`)).toMatchObject({ keyId: RECORD.id })
    clock.nowMs += 1
    expect((await refusal(() => authenticate(`Bearer ${before}`))).status).toBe(401)
  })

  it('ends with the key itself', async () => {
    const { authenticate, keys, clock, apiKey } = setUp()
    const before = createApiKey(randomBytes)
    keys.retire(before, clock.nowMs + 3_600_000)
    await authenticate(`Bearer ${before}`)
    keys.put({ ...RECORD, revoked_at: RECORD.created_at }, apiKey)
    clock.nowMs += 1_001
    expect((await refusal(() => authenticate(`Bearer ${before}`))).status).toBe(401)
  })
})

describe('unknown keys', () => {
  it('ask the store once a second each', async () => {
    const { authenticate, keys, clock } = setUp()
    const header = `Bearer ${createApiKey(randomBytes)}`
    for (let request = 0; request < 20; request++) await refusal(() => authenticate(header))
    expect(keys.asked).toBe(1)
    clock.nowMs += 1000
    await refusal(() => authenticate(header))
    expect(keys.asked).toBe(2)
  })

  it('are remembered in a bounded number, the oldest forgotten first, and never push out a good key', async () => {
    const { authenticate, header, keys } = setUp({ maxEntries: 10 })
    const good = await authenticate(header)
    const headers = Array.from({ length: 11 }, (_, number) => `Bearer fth_guess${number}`)
    for (const guess of headers) await refusal(() => authenticate(guess))
    expect(keys.asked).toBe(12)
    await refusal(() => authenticate(headers[10]))
    expect(keys.asked).toBe(12)
    await refusal(() => authenticate(headers[0]))
    expect(keys.asked).toBe(13)
    expect(authenticate(header)).toBe(good)
  })

  it('work as soon as they are created and the refusal is a second old', async () => {
    const { authenticate, keys, clock } = setUp()
    const apiKey = createApiKey(randomBytes)
    await refusal(() => authenticate(`Bearer ${apiKey}`))
    keys.put(RECORD, apiKey)
    clock.nowMs += 1000
    expect((await authenticate(`Bearer ${apiKey}`)).keyId).toBe(RECORD.id)
  })
})

describe('good keys in a bounded cache', () => {
  it('are forgotten oldest first', async () => {
    const { authenticate, header, keys } = setUp({ maxEntries: 2 })
    const others = [createApiKey(randomBytes), createApiKey(randomBytes)]
    for (const other of others) keys.put(RECORD, other)
    await authenticate(header)
    for (const other of others) await authenticate(`Bearer ${other}`)
    expect(keys.asked).toBe(3)
    await authenticate(header)
    expect(keys.asked).toBe(4)
  })
})

describe('while the store is away', () => {
  it('a key that was good goes on working, without waiting, and the store is not hammered', async () => {
    const { authenticate, header, keys, clock } = setUp()
    const caller = await authenticate(header)
    keys.isAway = true
    clock.nowMs += 60_000
    expect(await authenticate(header)).toBe(caller)
    expect(keys.asked).toBe(2)
    for (let request = 0; request < 100; request++) expect(authenticate(header)).toBe(caller)
    await settled()
    expect(keys.asked).toBe(2)
    clock.nowMs += 500
    for (let request = 0; request < 100; request++) expect(authenticate(header)).toBe(caller)
    await settled()
    expect(keys.asked).toBe(3)
  })

  it('a key that was never seen gets 503, and is let in when the store is back', async () => {
    const { authenticate, header, keys } = setUp()
    keys.isAway = true
    const error = await refusal(() => authenticate(header))
    expect([error.status, error.code]).toEqual([503, 'store_unavailable'])
    keys.isAway = false
    expect((await authenticate(header)).keyId).toBe(RECORD.id)
  })

  it('a revocation is seen at the first check after the store is back', async () => {
    const { authenticate, apiKey, header, keys, clock } = setUp()
    await authenticate(header)
    keys.isAway = true
    clock.nowMs += 2000
    await authenticate(header)
    keys.put({ ...RECORD, revoked_at: RECORD.created_at }, apiKey)
    keys.isAway = false
    clock.nowMs += 501
    await authenticate(header)
    await settled()
    expect((await refusal(() => authenticate(header))).status).toBe(401)
  })

  it('an expired key stays expired', async () => {
    const { authenticate, apiKey, header, keys, clock } = setUp()
    keys.put({ ...RECORD, expires_at: new Date(clock.nowMs + 1500).toISOString() }, apiKey)
    await authenticate(header)
    keys.isAway = true
    clock.nowMs += 2000
    expect((await refusal(() => authenticate(header))).status).toBe(401)
  })

  it('a known key gets 503 too where stale answers are not wanted', async () => {
    const { authenticate, header, keys, clock } = setUp({ staleOnOutage: false })
    await authenticate(header)
    keys.isAway = true
    clock.nowMs += 1001
    expect((await refusal(() => authenticate(header))).code).toBe('store_unavailable')
  })
})

describe('a declared key', () => {
  const NEWER = createApiKey(randomBytes)
  const OLDER = createApiKey(randomBytes)
  const { created_at: _, hint: __, ...rules } = RECORD
  const declare = (given: Partial<DeclaredKey['record']> = {}, previousHash: string | null = null) => [
    { record: { ...rules, ...given }, hash: hashApiKey(NEWER), previousHash, place: 'gateway.yaml:1' },
  ]

  it('is let in without the store, as the same caller each time, until it is taken out', async () => {
    const declared = createDeclaredKeys(declare())
    const { authenticate, keys } = setUp({ declared })
    keys.isAway = true
    const first = authenticate(`Bearer ${NEWER}`)
    expect(first).toMatchObject({ keyId: RECORD.id, team: 'search' })
    expect(authenticate(`Bearer ${NEWER}`)).toBe(first)
    expect(keys.asked).toBe(0)
    declared.configure([])
    expect((await refusal(() => authenticate(`Bearer ${NEWER}`))).code).toBe('store_unavailable')
    keys.isAway = false
    expect((await refusal(() => authenticate(`Bearer ${NEWER}`))).status).toBe(401)
  })

  it('has its new rules with the next request', async () => {
    const declared = createDeclaredKeys(declare())
    const { authenticate } = setUp({ declared })
    await authenticate(`Bearer ${NEWER}`)
    declared.configure(declare({ team: 'other' }))
    expect(authenticate(`Bearer ${NEWER}`)).toMatchObject({ team: 'other' })
  })

  it('ends at its moment, and the one before it at its own', async () => {
    const [afterOne, afterTwo] = [1_001_000, 1_002_000].map((nowMs) => new Date(nowMs).toISOString())
    const given = { expires_at: afterTwo ?? null, previous_key_until: afterOne ?? null }
    const declared = createDeclaredKeys(declare(given, hashApiKey(OLDER)))
    const { authenticate, clock } = setUp({ declared })
    const older = await authenticate(`Bearer ${OLDER}`)
    expect(older.keyId).toBe(RECORD.id)
    // What was kept for one cannot be read with the other.
    expect(older.seal.name('x')).not.toBe((await authenticate(`Bearer ${NEWER}`)).seal.name('x'))
    clock.nowMs = 1_001_000
    expect((await refusal(() => authenticate(`Bearer ${OLDER}`))).status).toBe(401)
    expect((await authenticate(`Bearer ${NEWER}`)).keyId).toBe(RECORD.id)
    clock.nowMs = 1_002_000
    expect((await refusal(() => authenticate(`Bearer ${NEWER}`))).status).toBe(401)
  })

  it('comes before one of the store with the same hash', async () => {
    const declared = createDeclaredKeys(declare({ team: 'declared' }))
    const { authenticate, keys } = setUp({ declared })
    keys.put(RECORD, NEWER)
    expect(await authenticate(`Bearer ${NEWER}`)).toMatchObject({ team: 'declared' })
  })
})

describe('in open mode', () => {
  it('lets in whoever brings no key of ours', async () => {
    const { authenticate, keys } = setUp({ mode: 'open' })
    expect(authenticate(undefined)).toBe(OPEN_CALLER)
    expect(authenticate('Bearer sk-anything')).toBe(OPEN_CALLER)
    expect(keys.asked).toBe(0)
  })

  it('takes a key of ours for what it is, and refuses a wrong one', async () => {
    const { authenticate, header } = setUp({ mode: 'open' })
    expect((await authenticate(header)).keyId).toBe(RECORD.id)
    expect((await refusal(() => authenticate('Bearer fth_wrong'))).status).toBe(401)
    expect((await refusal(() => authenticate('Bearer fth_wro\nng'))).status).toBe(401)
  })
})
