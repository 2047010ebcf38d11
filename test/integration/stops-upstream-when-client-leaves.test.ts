// A client that leaves stops the provider, or, where that does not stop the bill, has the answer read to its end. Either
// way what was used is in the ledger, with its source.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProviderId } from '../../src/core/route.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  for (const provider of Object.values(gateway.fleet.providers))
    provider.setLatency({ firstByteMs: 20, chunkMs: 30 })
})
afterAll(() => gateway.close())

const STORY = [
  { role: 'user' as const, content: 'Tell me a very long story about a farthing that travelled the world.' },
]

async function leaveEarly(
  model: string,
  isStream: boolean,
): Promise<{ leftAtMs: number; requestId: string }> {
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
  return { leftAtMs, requestId: await newestRequest() }
}

/** The client of a request that was never answered does not know its id. */
async function newestRequest(): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const page: { data: { id: string; outcome: string }[] } = JSON.parse(
      await (await gateway.admin('/requests?limit=1')).text(),
    )
    const [newest] = page.data
    if (newest?.outcome === 'client_gone') return newest.id
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('no request was settled')
}

it.each<[string, ProviderId]>([
  ['openai/gpt-6-luna', 'openai'],
  ['deepseek/deepseek-flash', 'deepseek'],
  ['anthropic/claude-haiku-5-5', 'anthropic'],
])('%s is stopped within 100 ms', async (model, id) => {
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

it('a client that leaves before its whole answer is there stops the provider, too', async () => {
  const provider = gateway.fleet.providers.openai
  provider.setLatency({ firstByteMs: 2000 })
  const before = provider.aborts.length
  const { leftAtMs, requestId } = await leaveEarly('openai/gpt-6-luna', false)
  const details = await gateway.settled(requestId)
  expect(provider.aborts.length).toBe(before + 1)
  expect((provider.aborts.at(-1)?.atMs ?? 0) - leftAtMs).toBeLessThan(100)
  expect(details.attempts[0]).toMatchObject({ outcome: 'client_gone', usage_source: 'estimated' })
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
