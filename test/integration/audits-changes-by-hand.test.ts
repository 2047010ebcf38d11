// Keys that are rotated, odd names, and the audit log of all that was changed by hand: over the admin API's use cases, on both
// stores.

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../src/access/authenticator.ts'
import { createDeclaredKeys } from '../../src/access/declared-keys.ts'
import type { Admin } from '../../src/admin/admin.ts'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import { testAdmin } from '../support/admin.ts'
import { startRedis } from '../support/redis.ts'

let directory: string
let server: Awaited<ReturnType<typeof startRedis>>
let count = 0
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-audit-'))
  server = await startRedis()
})
afterAll(async () => {
  await server.stop()
  await rm(directory, { recursive: true, force: true })
})

describe.each(['embedded', 'Redis'] as const)('on the %s store', (kind) => {
  const clock = { nowMs: Date.UTC(2026, 10, 24, 12), now: () => clock.nowMs }
  let store: Store
  let admin: Admin
  beforeEach(() => {
    const place = `audit-${++count}`
    store =
      kind === 'embedded'
        ? createEmbeddedStore({ directory: join(directory, place) })
        : createRedisStore({ url: server.url, namespace: place, commandTimeoutMs: 10_000 })
    admin = testAdmin({ store, clock })
  })
  afterEach(() => store.close())
  /** A gateway of its own each: nothing is remembered between two questions. */
  const ask = async (key: string): Promise<string | number> => {
    const { authenticate } = createAuthenticator({
      keys: store,
      declared: createDeclaredKeys([]),
      clock,
      mode: 'keys',
    })
    try {
      return (await authenticate(`Bearer ${key}`)).keyId
    } catch (error) {
      return error instanceof Error && 'status' in error ? Number(error.status) : 0
    }
  }

  it('a rotated key and its successor open the same, until the overlap ends', async () => {
    const { id, key } = await admin.keys.create({ name: 'rotates', team: 'search' })
    const second = await admin.keys.rotate(id, { overlap_seconds: 60 })
    expect(second).toMatchObject({
      id,
      team: 'search',
      previous_key_until: '2026-11-24T12:01:00.000Z',
      hint: second.key.slice(-4),
    })
    expect([await ask(key), await ask(second.key)]).toEqual([id, id])
    // Rotated again, the first is over, whatever its overlap was.
    const third = await admin.keys.rotate(id, {})
    expect([await ask(key), await ask(second.key), await ask(third.key)]).toEqual([401, id, id])
    clock.nowMs += 86_400_000
    expect([await ask(second.key), await ask(third.key)]).toEqual([401, id])
    const last = await admin.keys.rotate(id, { overlap_seconds: 0 })
    expect([await ask(third.key), await ask(last.key)]).toEqual([401, id])
    expect((await admin.keys.list()).map((one) => one.id)).toEqual([id])
    await admin.keys.revoke(id)
    expect(await ask(last.key)).toBe(401)
    await expect(admin.keys.rotate(id, {})).rejects.toThrow('revoked for good')
  })

  it.each<readonly [unknown, RegExp]>([
    [{ overlap_seconds: -1 }, /"overlap_seconds" must be a whole number of seconds/],
    [{ overlap_seconds: 1.5 }, /whole number of seconds/],
    [{ overlap_seconds: 1e30 }, /whole number of seconds/],
    [{ overlap: 5 }, /"overlap" is not known here/],
  ])('a rotation by %j is refused in words', async (body, words) => {
    const { id, key } = await admin.keys.create({ name: 'stays' })
    await expect(admin.keys.rotate(id, body)).rejects.toThrow(words)
    expect(await ask(key)).toBe(id)
  })

  it('names may have emoji, and no line breaks and no ten thousand letters', async () => {
    expect((await admin.keys.create({ name: '💸 Zoë’s key' })).name).toBe('💸 Zoë’s key')
    for (const name of ['two\nlines', 'bell\u0007', 'x'.repeat(10_240), '', '  '])
      await expect(admin.keys.create({ name })).rejects.toMatchObject({ status: 400, param: 'name' })
    await expect(admin.keys.create({ name: 'k', request_tags: { 'a b': null } })).rejects.toThrow(
      'request_tags',
    )
  })

  it('every change is in the audit log, newest first, and what was refused is not', async () => {
    const { id, key } = await admin.keys.create({ name: 'audited' })
    clock.nowMs += 1_000
    await admin.keys.patch(id, { team: 'ads' })
    await expect(admin.keys.patch(id, { team: 'no such name!' })).rejects.toThrow('team')
    await admin.budgets.put('team', 'ads', { limit_usd: 5, period: 'day' })
    await admin.budgets.reset('team', 'ads')
    const rotated = await admin.keys.rotate(id, {})
    await admin.keys.revoke(id)
    const page = await admin.audit.list({})
    expect(page.data.map(({ actor, action, target }) => [actor, action, target])).toEqual(
      [
        ['key.create', id],
        ['key.update', id],
        ['budget.set', 'team:ads'],
        ['budget.reset', 'team:ads'],
        ['key.rotate', id],
        ['key.revoke', id],
      ]
        .map((entry) => ['admin_api', ...entry])
        .toReversed(),
    )
    expect(page.data.at(-2)).toMatchObject({
      change: { team: 'ads' },
      at: new Date(clock.nowMs).toISOString(),
    })
    const text = JSON.stringify(page)
    for (const secret of [key, rotated.key]) expect(text).not.toContain(secret)
    expect(await admin.audit.lastResetMs('team', 'ads')).toBe(clock.nowMs)
    expect(await admin.audit.lastResetMs('team', 'search')).toBeNull()
  })

  it('the audit log comes in pages and filtered', async () => {
    for (let index = 0; index < 7; index++) await admin.audit.record('key.update', `key_${index % 2}`, index)
    const seen: unknown[] = []
    let cursor: string | null = null
    do {
      const page = await admin.audit.list({ limit: '3', ...(cursor === null ? {} : { cursor }) })
      seen.push(...page.data.map(({ change }) => change))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0])
    expect((await admin.audit.list({ target: 'key_1' })).data.map(({ change }) => change)).toEqual([5, 3, 1])
    expect((await admin.audit.list({ action: 'key.revoke' })).data).toEqual([])
    expect((await admin.audit.list({ cursor: 'nonsense' })).data).toEqual([])
    await expect(admin.audit.list({ limit: '0' })).rejects.toThrow('"limit" must be a whole number')
    await expect(admin.audit.list({ action: 'key.steal' })).rejects.toThrow('must be one of key.create')
  })

  it('ten thousand keys are listed, and each opens', async () => {
    const { id, key } = await admin.keys.create({ name: 'one of many' })
    const record = await store.key(id)
    if (record === null) throw new Error('no record')
    for (let some = 0; some < 20; some++) {
      const documents = Array.from({ length: 500 }, () => {
        const other = `key_${randomBytes(8).toString('hex')}`
        return {
          id: other,
          hash: randomBytes(32).toString('hex'),
          document: record.document.replace(id, other),
        }
      })
      await store.putKey(...documents)
    }
    expect(await admin.keys.list()).toHaveLength(10_001)
    expect(await ask(key)).toBe(id)
  }, 60_000)
})

it('the embedded audit log cannot be changed, not even by whoever opens its file', async () => {
  const place = join(directory, 'stubborn')
  const store = createEmbeddedStore({ directory: place })
  await store.appendAudit('{"action":"key.create"}')
  await store.close()
  const database = new DatabaseSync(join(place, 'farthing.sqlite'))
  expect(() => database.exec('DELETE FROM audit')).toThrow('append-only')
  expect(() => database.exec("UPDATE audit SET entry = ''")).toThrow('append-only')
  database.close()
})
