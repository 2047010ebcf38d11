// A Redis that an older gateway wrote: what is in it is kept and counted, and from then on the older gateway is refused.

import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import { type Store, StoreSchemaError } from '../../src/ledger/store.ts'
import { HOUR_MS, NOON_MS, sampleHold, sampleRecord } from '../contract/record-samples.ts'
import { spendBy } from '../contract/store-world.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const PRESENT = '3'

let server: RedisServer
let client: Redis
beforeAll(async () => {
  server = await startRedis()
  client = new Redis(server.url)
})
afterAll(async () => {
  client.disconnect()
  await server.stop()
})

const open = (namespace: string): Store =>
  createRedisStore({ url: server.url, namespace, commandTimeoutMs: 10_000 })

/** Sums of hours and no aggregates, as versions 1 and 2 left them; only the second said which it was. */
async function writeOlder(namespace: string, version: string | null): Promise<void> {
  const store = open(namespace)
  await store.settle(sampleRecord({ attempts: [{ cost: 77 }] }))
  await store.settle(sampleRecord({ startedAtMs: NOON_MS - 40 * HOUR_MS, attempts: [{ cost: 1_000 }] }))
  await store.close()
  if (version !== null) await client.set(`{${namespace}}:schema`, version)
  expect(await client.keys(`*${namespace}*aggregates*`)).toEqual([])
}

it.each([
  ['1', null],
  ['2', '2'],
])('of version %s', async (name, version) => {
  const namespace = `older-${name}`
  await writeOlder(namespace, version)
  const store = open(namespace)
  try {
    await store.ping()
    expect(await client.get(`{${namespace}}:schema`)).toBe(PRESENT)
    const before = await spendBy(store, ['hour', 'key'])
    expect(before.map(({ cost }) => cost)).toEqual([1_000n, 77n])
    const hold = sampleHold(sampleRecord())
    await store.hold(hold)
    expect(await store.rollUp(NOON_MS)).toBe(true)
    expect(await store.rollUp(NOON_MS)).toBe(false)
    expect(await store.rollUp(NOON_MS + HOUR_MS)).toBe(true)
    expect(await spendBy(store, ['hour', 'key'])).toEqual(before)
    expect(await store.held()).toEqual({ count: 1, amount: BigInt(hold.amount) })
    // Again, it is as it should be, and stays so.
    await store.ping()
    expect(await client.get(`{${namespace}}:schema`)).toBe(PRESENT)
  } finally {
    await store.close()
  }
})

it('is refused once a newer gateway has it, also by one that is running', async () => {
  const store = open('newer')
  try {
    await store.ping()
    await client.set('{newer}:schema', Number(PRESENT) + 1)
    await expect(store.ping()).rejects.toThrow(StoreSchemaError)
    expect(await client.get('{newer}:schema')).toBe(String(Number(PRESENT) + 1))
  } finally {
    await store.close()
  }
})
