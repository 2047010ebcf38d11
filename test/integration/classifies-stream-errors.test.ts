// Errors inside a stream, after status 200, in each provider's shape: before the first content another route answers, after it
// the client is told the truth.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderId } from '../../src/core/route.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    config: { circuit: { failures: 1000, open_ms: 100, rate_limit_ms: 100, open_long_ms: 100 } },
  })
})
afterAll(() => gateway.close())

/** A pinned route, the error, its class, and after how many chunks the answer itself has begun. */
const ROWS: readonly (readonly [ProviderId, string, string, string, number])[] = [
  ['deepseek', 'deepseek-flash', 'overloaded', 'overloaded', 4],
  ['deepseek', 'deepseek-flash', 'out_of_money', 'out_of_money', 4],
  ['alibaba', 'qwen3.8-flash', 'content_filter', 'content_filter', 3],
  ['alibaba', 'qwen3.8-flash', 'InternalError.Algo.DataInspectionFailed', 'content_filter', 3],
  ['alibaba', 'qwen3.8-flash', 'Throttling.AllocationQuota', 'rate_limited', 3],
  ['alibaba', 'qwen3.8-flash', 'insufficient_quota', 'rate_limited', 3],
  ['moonshot', 'kimi-k2.6', 'overloaded', 'overloaded', 3],
  ['moonshot', 'kimi-k2.6', 'out_of_money', 'out_of_money', 3],
  ['openai', 'gpt-6-luna', 'overloaded', 'overloaded', 3],
  ['openai', 'gpt-6-luna', 'rate_limited', 'rate_limited', 3],
  ['anthropic', 'claude-haiku-5-5', 'overloaded', 'overloaded', 20],
  ['anthropic', 'claude-haiku-5-5', 'rate_limited', 'rate_limited', 20],
]

describe.each(ROWS)('%s/%s: %s', (provider, model, name, failureClass, begun) => {
  const ask = (): Promise<Response> =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: `${provider}/${model}`,
        messages: [{ role: 'user', content: 'Say hello in 200 words.' }],
        stream: true,
      }),
    })

  const statusNow = async (): Promise<number> => {
    const response = await ask()
    await response.text()
    return response.status
  }
  const working = async (): Promise<void> => {
    await expect.poll(statusNow, { timeout: 5000, interval: 50 }).toBe(200)
  }

  it('before the first content', async () => {
    const { faults } = gateway.fleet.providers[provider]
    faults.push({ kind: 'error_event_after_chunks', chunks: 1, name })
    const response = await ask()
    faults.clear()
    const isRequestsFault = failureClass === 'content_filter'
    expect(response.status).toBe(isRequestsFault ? 400 : 502)
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } })
    const { attempts } = await gateway.settled(response.headers.get('x-request-id') ?? '')
    // After 200 it may be billed, and for a pinned route one attempt is what is held.
    expect(attempts).toMatchObject([{ outcome: failureClass, usage_source: 'estimated' }])
    await working()
  })

  it('after it', async () => {
    const { faults } = gateway.fleet.providers[provider]
    faults.push({ kind: 'error_event_after_chunks', chunks: begun, name })
    const response = await ask()
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text).not.toContain('[DONE]')
    expect(text).toContain('"code":"stream_interrupted"')
    const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
    expect(details.outcome).toBe('stream_interrupted')
    expect(details.attempts).toMatchObject([{ outcome: failureClass, usage_source: 'estimated' }])
    await working()
  })
})

it('the same route and then another one are tried, where the money for it is held', async () => {
  const ask = () =>
    gateway.client.chat.completions
      .create({ model: 'standard', messages: [{ role: 'user', content: 'Say hello.' }], stream: true })
      .withResponse()
  const calm = await ask()
  for await (const _ of calm.data);
  const chosen = Object.values(gateway.fleet.providers).find(
    ({ provider }) => provider === calm.response.headers.get('x-farthing-provider'),
  )
  chosen?.faults.push({ kind: 'error_event_after_chunks', chunks: 1, times: 2 })
  const { data, response } = await ask()
  let text = ''
  for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? ''
  expect(text.length).toBeGreaterThan(0)
  const { attempts } = await gateway.settled(response.headers.get('x-request-id') ?? '')
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['overloaded', 'overloaded', 'success'])
  expect(attempts[0]?.route).toBe(attempts[1]?.route)
  expect(attempts[2]?.route).not.toBe(attempts[1]?.route)
})
