// A client that leaves stops the provider, or, where that does not stop the bill, has the answer read to its end. Either
// way what was used is in the ledger, with its source.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderId } from '../../src/core/route.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  for (const provider of Object.values(gateway.fleet.providers))
    provider.setLatency({ firstByteMs: 20, chunkMs: 30 })
})
afterAll(() => gateway.close())

/** On a machine that is busy with other things, even 100 ms may pass without a turn. */
const BUSY = { retry: 2 }

const STORY = [
  { role: 'user' as const, content: 'Tell me a very long story about a farthing that travelled the world.' },
]

async function leaveEarly(
  model: string,
  isStream: boolean,
): Promise<{ leftAtMs: number; requestId: string }> {
  const before = await newestRequest()
  const controller = new AbortController()
  const call = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    signal: controller.signal,
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: STORY, stream: isStream }),
  })
  if (isStream) {
    const response = await call
    await response.body?.getReader().read()
    const leftAtMs = Date.now()
    controller.abort()
    return { leftAtMs, requestId: response.headers.get('x-request-id') ?? '' }
  }
  await new Promise((resolve) => setTimeout(resolve, 60))
  const leftAtMs = Date.now()
  controller.abort()
  await call.catch(() => undefined)
  return { leftAtMs, requestId: await newestRequestAfter(before) }
}

async function newestRequest(): Promise<string | undefined> {
  const page: { data: { id: string }[] } = JSON.parse(await (await gateway.admin('/requests?limit=1')).text())
  return page.data[0]?.id
}

/** The client of a request that was never answered does not know its id. */
async function newestRequestAfter(before: string | undefined): Promise<string> {
  let newest: string | undefined
  await expect
    .poll(async () => (newest = await newestRequest()), { timeout: 5_000, interval: 20 })
    .not.toBe(before)
  return newest ?? ''
}

it.each<[string, ProviderId]>([
  ['openai/gpt-6-luna', 'openai'],
  ['deepseek/deepseek-flash', 'deepseek'],
  ['moonshot/kimi-k2.6', 'moonshot'],
  ['anthropic/claude-haiku-5-5', 'anthropic'],
])('%s is stopped within 100 ms', BUSY, async (model, id) => {
  const provider = gateway.fleet.providers[id]
  const before = provider.aborts.length
  const { leftAtMs, requestId } = await leaveEarly(model, true)
  const details = await gateway.settled(requestId)
  expect(provider.aborts.length).toBe(before + 1)
  expect((provider.aborts.at(-1)?.atMs ?? 0) - leftAtMs).toBeLessThan(100)
  expect(details).toMatchObject({ outcome: 'client_gone' })
  expect(details.attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'estimated' })
  expect(details.cost_usd).toBeGreaterThan(0)
})

it.each<[string, ProviderId]>([
  ['openai/gpt-6-luna', 'openai'],
  ['anthropic/claude-haiku-5-5', 'anthropic'],
])('%s thinks more than it shows, and the estimate counts it', BUSY, async (model, id) => {
  const { requestId } = await leaveEarly(model, true)
  const { attempts } = await gateway.settled(requestId)
  const billed = gateway.fleet.providers[id].books.entries.at(-1)
  expect(billed?.end).toBe('aborted')
  expect(attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'estimated' })
  expect(attempts[0]?.usage.output_tokens).toBeGreaterThanOrEqual(billed?.usage.reasoning ?? Infinity)
})

it('a client that leaves before its whole answer is there stops the provider, too', BUSY, async () => {
  const provider = gateway.fleet.providers.openai
  provider.setLatency({ firstByteMs: 2000 })
  const before = provider.aborts.length
  const { leftAtMs, requestId } = await leaveEarly('openai/gpt-6-luna', false)
  const details = await gateway.settled(requestId)
  expect(provider.aborts.length).toBe(before + 1)
  expect((provider.aborts.at(-1)?.atMs ?? 0) - leftAtMs).toBeLessThan(100)
  expect(details.attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'estimated' })
  // It makes such an answer whole before its first byte, and bills it: what was expected of it is booked, not the prompt alone.
  expect(provider.books.entries.at(-1)?.usage.output).toBeGreaterThan(0)
  expect(details.attempts[0]?.usage.output_tokens).toBeGreaterThan(0)
})

it('Alibaba, which bills to the end, is read to the end, and the bill is exact', async () => {
  const provider = gateway.fleet.providers.alibaba
  provider.setLatency({ firstByteMs: 20, chunkMs: 2 })
  const before = provider.books.billedPico
  const { requestId } = await leaveEarly('alibaba/qwen3.7-flash', true)
  const details = await gateway.settled(requestId)
  expect(details.attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'drained' })
  expect(BigInt(Math.round(details.cost_usd * 1e12))).toBe(provider.books.billedPico - before)
})

it(
  'a client that leaves before its stream has begun stops the provider, and nobody else is asked',
  BUSY,
  async () => {
    const provider = gateway.fleet.providers.deepseek
    provider.faults.push({ kind: 'slow_first_byte', ms: 5_000 })
    const before = { aborts: provider.aborts.length, calls: countCalls() }
    const body = { model: 'standard', stream: true, routing: { providers: { only: ['deepseek'] } } }
    const controller = new AbortController()
    const call = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: controller.signal,
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, messages: STORY }),
    })
    await expect.poll(countCalls, { interval: 5 }).toBe(before.calls + 1)
    const leftAtMs = Date.now()
    controller.abort()
    await call.catch(() => undefined)
    await expect.poll(() => provider.aborts.length).toBe(before.aborts + 1)
    expect((provider.aborts.at(-1)?.atMs ?? 0) - leftAtMs).toBeLessThan(100)
    await expect.poll(() => gateway.held()).toBe(0)
    expect(countCalls()).toBe(before.calls + 1)
  },
)

describe('a drained answer', () => {
  it('that was not streamed is read to its end, too', async () => {
    const provider = gateway.fleet.providers.alibaba
    provider.setLatency({ firstByteMs: 300, chunkMs: 0 })
    const before = provider.books.billedPico
    const { requestId } = await leaveEarly('alibaba/qwen3.7-flash', false)
    const details = await gateway.settled(requestId)
    expect(details.attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'drained' })
    expect(BigInt(Math.round(details.cost_usd * 1e12))).toBe(provider.books.billedPico - before)
  })

  it.each([
    ['time', { max_ms: 150 }],
    ['length', { max_bytes: 1024 }],
  ])('ends at its bound of %s, and is estimated then', async (_, drain) => {
    const bounded = await startGateway({
      config: { providers: { alibaba: { on_disconnect: 'drain', drain } } },
    })
    const usual = gateway
    gateway = bounded
    try {
      const provider = bounded.fleet.providers.alibaba
      provider.setLatency({ firstByteMs: 20, chunkMs: 20 })
      const { leftAtMs, requestId } = await leaveEarly('alibaba/qwen3.7-flash', true)
      const details = await bounded.settled(requestId)
      expect(details.attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'estimated' })
      expect(details.cost_usd).toBeGreaterThan(0)
      expect(provider.aborts).toHaveLength(1)
      expect((provider.aborts[0]?.atMs ?? 0) - leftAtMs).toBeLessThan(1_500)
    } finally {
      gateway = usual
      await bounded.close()
    }
  })

  it('can be the policy of any provider, and stopping that of any', async () => {
    const other = await startGateway({
      config: { providers: { openai: { on_disconnect: 'drain' }, alibaba: { on_disconnect: 'abort' } } },
    })
    const usual = gateway
    gateway = other
    try {
      for (const [model, source] of [
        ['openai/gpt-6-luna', 'drained'],
        ['alibaba/qwen3.7-flash', 'estimated'],
      ] as const) {
        for (const provider of Object.values(other.fleet.providers))
          provider.setLatency({ firstByteMs: 20, chunkMs: 2 })
        const { requestId } = await leaveEarly(model, true)
        expect((await other.settled(requestId)).attempts[0]).toMatchObject({ usage_source: source })
      }
    } finally {
      gateway = usual
      await other.close()
    }
  })
})

it('leaves nothing held and nothing in flight', async () => {
  await expect.poll(() => gateway.held()).toBe(0)
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(/^farthing_in_flight_requests 0$/m)
})

function countCalls(): number {
  return Object.values(gateway.fleet.providers).reduce((total, { requests }) => total + requests.length, 0)
}
