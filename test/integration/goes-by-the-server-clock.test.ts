// A gateway whose clock is wrong by half an hour, on a Redis that it shares: it takes no living request for a dead one, and no
// dead one for living; and its own holds live as long as others think.

import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import { sampleHold, sampleRecord } from '../contract/record-samples.ts'
import { startGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const LEASE_MS = 1_000
const HALF_AN_HOUR_MS = 1_800_000
const HOUR_MS = 2 * HALF_AN_HOUR_MS

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

it.each([
  ['ahead', HALF_AN_HOUR_MS],
  ['behind', -HALF_AN_HOUR_MS],
])('%s', async (_, offMs) => {
  const client = new Redis(server.url)
  for (const key of await client.keys('{farthing}:*')) await client.del(key)
  const store = createRedisStore({ url: server.url, commandTimeoutMs: 20_000 })
  const gateway = await startGateway({
    clock: { now: () => Date.now() + offMs },
    config: { store: { lease_ms: LEASE_MS } },
    env: { REDIS_URL: server.url },
  })
  try {
    const [dead, living] = [sampleRecord(), sampleRecord()]
    const nowMs = Number((await client.time())[0]) * 1_000
    await store.hold(sampleHold(living, { leaseUntilMs: nowMs + HOUR_MS / 4 }))
    await store.hold(sampleHold(dead, { leaseUntilMs: nowMs + LEASE_MS }))
    await expect
      .poll(() => store.request(dead.requestId), { timeout: 20_000 })
      .toMatchObject({ outcome: 'expired' })
    expect(await store.request(living.requestId)).toBeNull()

    gateway.fleet.providers.openai.faults.push({ kind: 'hang' })
    const leaving = new AbortController()
    const body = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Say hello.' }] }
    const asking = gateway.client.chat.completions.create(body, { signal: leaving.signal }).catch(() => null)
    // One of them is the living one's.
    await expect.poll(() => client.zcard('{farthing}:leases'), { timeout: 20_000 }).toBe(2)
    const held = await client.zrange('{farthing}:leases', '0', '-1')
    const own = held.find((id) => id !== living.requestId) ?? ''
    const endsMs = Number(await client.zscore('{farthing}:leases', own))
    expect(Math.abs(endsMs - Date.now())).toBeLessThan(HALF_AN_HOUR_MS / 2)
    leaving.abort()
    await asking
  } finally {
    await gateway.close()
    await store.close()
    client.disconnect()
  }
})
