// A whole gateway whose Redis goes away: each policy does what it says, and the books are right when Redis is back.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, sumMetric, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]

let server: RedisServer
let gateway: TestGateway
afterEach(() => server.resume())

async function start(whenAway: 'continue' | 'refuse'): Promise<void> {
  server = await startRedis()
  gateway = await startGateway({
    config: { store: { when_away: whenAway } },
    env: { REDIS_URL: server.url },
  })
  // The key is known from now on.
  expect((await chat()).status).toBe(200)
}

async function stop(): Promise<void> {
  await gateway.close()
  await server.stop()
}

function chat(): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'standard', messages: HELLO }),
  })
}

async function metric(name: string): Promise<bigint> {
  return sumMetric(await (await fetch(`${gateway.url}/metrics`)).text(), name) / 1_000_000_000_000n
}

interface Spend {
  readonly total: { readonly requests: number; readonly attempts: number; readonly cost_usd: number }
}

async function spend(): Promise<Spend['total'] | null> {
  const response = await gateway.admin('/spend')
  if (response.status !== 200) return null
  const { total }: Spend = JSON.parse(await response.text())
  return total
}

async function requestsInLedger(): Promise<number> {
  return (await spend())?.requests ?? 0
}

/** What the providers served, the ledger has. */
async function everythingBooked(): Promise<void> {
  await expect.poll(requestsInLedger, { timeout: 10_000 }).toBe(gateway.fleet.books().requests)
}

describe('continue', () => {
  beforeAll(() => start('continue'))
  afterAll(stop)

  it.each(['cut off', 'silent'])(
    'serves on while it is %s, and books everything afterwards, once',
    async (how) => {
      await everythingBooked()
      const before = await requestsInLedger()
      if (how === 'silent') server.stall()
      else await server.cut()
      const answers = await Promise.all(Array.from({ length: 10 }, chat))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      // What was held and what was settled.
      await expect.poll(() => metric('farthing_spool_pending'), { timeout: 5_000 }).toBe(20n)
      expect(await metric('farthing_store_up')).toBe(0n)
      expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200)
      const report = await gateway.admin('/spend')
      expect(report.status).toBe(503)
      expect(JSON.parse(await report.text())).toMatchObject({ error: { code: 'store_unavailable' } })

      await server.resume()
      await everythingBooked()
      expect(await requestsInLedger()).toBe(before + 10)
      await expect.poll(() => metric('farthing_spool_pending')).toBe(0n)
      expect(await metric('farthing_store_up')).toBe(1n)
      // Ledger, counters and the providers' own books are one sum.
      const booked = await spend()
      const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
      const billed = gateway.fleet.books().billedPico
      expect(BigInt(Math.round((booked?.cost_usd ?? 0) * 1e12))).toBe(billed)
      expect(sumMetric(metrics, 'farthing_spend_usd_total')).toBe(billed)
      expect(await metric('farthing_requests_total')).toBe(BigInt(before + 10))
    },
  )
})

describe('refuse', () => {
  beforeAll(() => start('refuse'))
  afterAll(stop)

  it.each(['cut off', 'silent'])('spends nothing while it is %s, and says why', async (how) => {
    await everythingBooked()
    const before = await spend()
    const sent = gateway.fleet.books().requests
    if (how === 'silent') server.stall()
    else await server.cut()
    const answers = await Promise.all(Array.from({ length: 5 }, chat))
    for (const answer of answers) {
      expect(answer.status).toBe(503)
      expect(JSON.parse(await answer.text())).toMatchObject({ error: { code: 'store_unavailable' } })
    }
    const ready = await fetch(`${gateway.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(await ready.text()).toContain('store.when_away is refuse')

    await server.resume()
    await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status, { timeout: 5_000 }).toBe(200)
    expect(gateway.fleet.books().requests).toBe(sent)
    expect(await spend()).toEqual(before)
    expect((await chat()).status).toBe(200)
    await everythingBooked()
  })
})
