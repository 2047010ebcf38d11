// Two gateways on one Redis or one Redis Cluster, and the official client: a budget and a limit hold for both together, also when
// Redis goes away.

import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'

const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]

let gateways: readonly TestGateway[]

async function startTwo(url: string, commandTimeoutMs = 1_000): Promise<void> {
  const store = { command_timeout_ms: commandTimeoutMs }
  const options = { env: { REDIS_URL: url }, config: { store } }
  gateways = [await startGateway(options), await startGateway({ ...options, firstKey: false })]
}

async function closeBoth(): Promise<void> {
  for (const gateway of gateways) await gateway.close()
}

function at(index: number): TestGateway {
  const gateway = gateways[index % gateways.length]
  if (gateway === undefined) throw new Error('no gateway')
  return gateway
}

async function clientsWith(fields: Record<string, unknown>) {
  const apiKey = await at(0).createKey(fields)
  return gateways.map(({ url }) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 }))
}

function say(client: OpenAI | undefined) {
  if (client === undefined) throw new Error('no client')
  return client.chat.completions.create({
    model: 'openai/gpt-4o-mini',
    messages: HELLO,
    max_completion_tokens: 100,
  })
}

async function outcome(client: OpenAI | undefined): Promise<string> {
  try {
    await say(client)
    return 'answered'
  } catch (error) {
    return error instanceof OpenAI.APIError ? String(error.code) : 'failed'
  }
}

async function budgetOf(path: string, index = 0) {
  const response = await at(index).admin(`/budgets/${path}`)
  const { budgets }: { budgets: { spent_usd: number; held_usd: number; free_usd: number }[] } = JSON.parse(
    await response.text(),
  )
  return budgets[0]
}

/** What the providers of both billed, picodollars. */
function billed(): number {
  return gateways.reduce((sum, { fleet }) => sum + Number(fleet.books().billedPico), 0)
}

describe.each([
  { place: 'one Redis', startStore: startRedis },
  { place: 'a Redis Cluster of three nodes', startStore: startRedisCluster },
])('on $place', ({ startStore }) => {
  let store: Awaited<ReturnType<typeof startStore>>
  beforeAll(async () => {
    store = await startStore()
    // A busy machine is no store that is away.
    await startTwo(store.url, 30_000)
  })
  afterAll(async () => {
    await closeBoth()
    await store.stop()
  })

  it('a budget is never exceeded by both together, and all that ended agrees', async () => {
    const body = { limit_usd: 0.002, period: 'day' }
    expect((await at(1).admin('/budgets/team/shared', { method: 'PUT', body })).status).toBe(200)
    const clients = await clientsWith({ team: 'shared' })
    // The other one has heard of it before anything is asked.
    await expect.poll(async () => (await budgetOf('team/shared', 0))?.free_usd).toBe(0.002)
    const billedBefore = billed()
    const outcomes = await Promise.all(Array.from({ length: 120 }, (_, index) => outcome(clients[index % 2])))
    expect(new Set(outcomes)).toEqual(new Set(['answered', 'insufficient_quota']))
    await expect.poll(async () => (await budgetOf('team/shared'))?.held_usd, { timeout: 30_000 }).toBe(0)
    const budget = await budgetOf('team/shared')
    expect(budget?.spent_usd).toBeLessThanOrEqual(0.002)
    const spend = await at(0).admin('/spend?group_by=team')
    const { rows }: { rows: { team: string | null; cost_usd: number }[] } = JSON.parse(await spend.text())
    expect(rows.find(({ team }) => team === 'shared')?.cost_usd).toBe(budget?.spent_usd)
    expect(Math.round((budget?.spent_usd ?? 0) * 1e12)).toBe(billed() - billedBefore)
    // Nothing is held any more: what is left can be used to less than one request.
    let answered = 0
    while ((await outcome(clients[answered % 2])) === 'answered') answered++
    expect((await budgetOf('team/shared'))?.free_usd).toBeLessThan(0.0001)
    // Again with everybody at once, where hardly one has room: none gets through that does not fit.
    const late = await Promise.all(Array.from({ length: 60 }, (_, index) => outcome(clients[index % 2])))
    expect(late.filter((one) => one === 'insufficient_quota').length).toBeGreaterThanOrEqual(59)
    await expect.poll(async () => (await budgetOf('team/shared'))?.held_usd, { timeout: 30_000 }).toBe(0)
    expect((await budgetOf('team/shared'))?.free_usd).toBeGreaterThanOrEqual(0)
    expect(Math.round(((await budgetOf('team/shared'))?.spent_usd ?? 0) * 1e12)).toBe(billed() - billedBefore)
  })

  it('a limit counts the requests of both', async () => {
    const clients = await clientsWith({ limits: { rpm: 5 } })
    const outcomes = await Promise.all(Array.from({ length: 12 }, (_, index) => outcome(clients[index % 2])))
    expect(outcomes.filter((one) => one === 'answered')).toHaveLength(5)
    expect(outcomes.filter((one) => one === 'rate_limit_exceeded')).toHaveLength(7)
  })
})

describe('when Redis goes away', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
    await startTwo(redis.url)
  })
  afterAll(async () => {
    await closeBoth()
    await redis.stop()
  })
  afterEach(() => redis.resume())

  it('a hard budget refuses, the others go on and are counted when it is back', async () => {
    const hard = (await clientsWith({ budgets: [{ limit_usd: 1, period: 'day' }] }))[0]
    const soft = (await clientsWith({ project: 'soft' }))[0]
    const daring = (
      await clientsWith({ budgets: [{ limit_usd: 1, period: 'day' }], when_store_away: 'continue' })
    )[0]
    const careful = (await clientsWith({ when_store_away: 'refuse' }))[0]
    const body = { limit_usd: 1, period: 'day', hard: false }
    await at(0).admin('/budgets/project/soft', { method: 'PUT', body })
    const all = [hard, soft, daring, careful]
    expect(await Promise.all(all.map(outcome))).toEqual(all.map(() => 'answered'))
    const before = (await budgetOf('project/soft'))?.spent_usd ?? 0
    redis.stall()
    expect(await Promise.all(all.map(outcome))).toEqual([
      'store_unavailable',
      'answered',
      'answered',
      'store_unavailable',
    ])
    await redis.resume()
    await expect
      .poll(async () => (await budgetOf('project/soft'))?.spent_usd ?? 0, { timeout: 30_000 })
      .toBeGreaterThan(before)
    await expect.poll(async () => (await budgetOf('project/soft'))?.held_usd, { timeout: 30_000 }).toBe(0)
    await expect.poll(() => outcome(hard), { timeout: 30_000 }).toBe('answered')
  })
})
