// /healthz says that the process is up, /readyz whether it can serve, and if not, why.

import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.ts'
import { startRedis } from '../support/redis.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(options: GatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options)
  closers.push(() => gateway.close())
  return gateway
}

async function get(gateway: TestGateway, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${gateway.url}${path}`)
  expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  expect(response.headers.get('content-type')).toMatch(/^application\/json/)
  return { status: response.status, body: await response.json() }
}

const READY = { status: 200, body: { status: 'ready', reason: null } }
const UP = { status: 200, body: { status: 'ok' } }
const ALL = ['DEEPSEEK', 'DASHSCOPE', 'MOONSHOT', 'OPENAI', 'ANTHROPIC']

it('a gateway with one provider is ready, and its log says which are on and why others are not', async () => {
  const gateway = await start({ off: ALL.filter((name) => name !== 'OPENAI') })
  expect(await get(gateway, '/readyz')).toEqual(READY)
  expect(await get(gateway, '/healthz')).toEqual(UP)
  const started: unknown[] = gateway
    .log()
    .split('\n')
    .filter((line) => line.includes('listening on'))
    .map((line) => JSON.parse(line))
  expect(started).toMatchObject([
    {
      providers_on: ['openai'],
      providers_off: { deepseek: 'DEEPSEEK_API_KEY is not set', alibaba: 'DASHSCOPE_API_KEY is not set' },
    },
  ])
})

it('a gateway without a provider is up and not ready', async () => {
  const gateway = await start({ off: ALL })
  expect(await get(gateway, '/healthz')).toEqual(UP)
  expect(await get(gateway, '/readyz')).toEqual({
    status: 503,
    body: { status: 'not ready', reason: 'no provider is on: set the API key of at least one' },
  })
})

describe('while Redis is away', () => {
  it.each([
    ['refuse', 503, 'not ready', 'the store cannot be reached, and store.when_away is refuse'],
    ['continue', 200, 'ready', null],
  ])('a gateway whose policy is to %s answers %i, and recovers', async (policy, status, word, reason) => {
    const redis = await startRedis()
    closers.push(() => redis.stop())
    const gateway = await start({
      env: { REDIS_URL: redis.url },
      config: { store: { when_away: policy, command_timeout_ms: 200 } },
    })
    expect(await get(gateway, '/readyz')).toEqual(READY)
    await redis.cut()
    await expect
      .poll(async () => JSON.stringify(await get(gateway, '/readyz')), { timeout: 15_000 })
      .toBe(JSON.stringify({ status, body: { status: word, reason } }))
    await expect.poll(() => storeUp(gateway), { timeout: 15_000 }).toBe(0)
    expect(await get(gateway, '/healthz')).toEqual(UP)
    await redis.resume()
    await expect.poll(() => storeUp(gateway), { timeout: 15_000 }).toBe(1)
    expect(await get(gateway, '/readyz')).toEqual(READY)
  })
})

async function storeUp(gateway: TestGateway): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(/^farthing_store_up (\d)$/m.exec(text)?.[1])
}
