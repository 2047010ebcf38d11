// Faults and departures on real sockets: what the client sees, and what stands in the books afterwards.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import type { Fault } from '../../../src/simulator/faults.ts'
import { type SimulatedProvider, startSimulatedProvider } from '../../../src/simulator/provider-server.ts'
import { deepseekFlash, qwenFlash } from './sample-models.ts'

let deepseek: SimulatedProvider
let alibaba: SimulatedProvider
beforeEach(async () => {
  deepseek = await startSimulatedProvider({
    provider: 'deepseek',
    models: [deepseekFlash],
    clock: systemClock,
  })
  alibaba = await startSimulatedProvider({ provider: 'alibaba', models: [qwenFlash], clock: systemClock })
})
afterEach(() => Promise.all([deepseek.close(), alibaba.close()]))

function post(simulated: SimulatedProvider, body: object = {}, signal?: AbortSignal): Promise<Response> {
  return fetch(`${simulated.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${simulated.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: simulated.models[0]?.id,
      messages: [{ role: 'user', content: 'Tell it in 200 words.' }],
      ...body,
    }),
    ...(signal === undefined ? {} : { signal }),
  })
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 3000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it never came true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('faults before an answer', () => {
  it.each<[Fault, number]>([
    [{ kind: 'status', status: 418, body: { error: 'teapot' } }, 418],
    [{ kind: 'out_of_money' }, 402],
    [{ kind: 'rate_limited' }, 429],
    [{ kind: 'overloaded' }, 503],
    [{ kind: 'bad_key' }, 401],
    [{ kind: 'html_504' }, 504],
  ])('%o is answered with %i, once, and billed with nothing', async (fault, status) => {
    deepseek.faults.push(fault)
    const response = await post(deepseek)
    expect(response.status).toBe(status)
    await response.text()
    expect((await post(deepseek)).status).toBe(200)
    expect(deepseek.books.requests).toBe(1)
  })

  it('resets, and never answers', async () => {
    deepseek.faults.push({ kind: 'reset' })
    await expect(post(deepseek)).rejects.toThrow('fetch failed')
    deepseek.faults.push({ kind: 'hang' })
    await expect(post(deepseek, {}, AbortSignal.timeout(60))).rejects.toThrow(/abort|timeout/i)
    expect(deepseek.books.requests).toBe(0)
    await until(() => deepseek.openStreams === 0)
  })

  it('hits a model of its own only, as often as asked', async () => {
    deepseek.faults.push({ kind: 'overloaded', model: 'other' })
    deepseek.faults.push({ kind: 'overloaded', model: deepseekFlash.id, times: 2 })
    const statuses = [await post(deepseek), await post(deepseek), await post(deepseek)].map(
      ({ status }) => status,
    )
    expect(statuses).toEqual([503, 503, 200])
    expect(deepseek.faults.waiting).toBe(1)
  })
})

describe('faults in an answer', () => {
  it('bills what was made before the connection died', async () => {
    deepseek.faults.push({ kind: 'die_after_chunks', chunks: 20 })
    await expect(post(deepseek, { stream: true }).then((response) => response.text())).rejects.toThrow(
      /terminated|fetch failed/,
    )
    const [entry] = deepseek.books.entries
    expect(entry?.end).toBe('cut')
    expect(entry?.usage.output).toBeGreaterThan(0)
    await (await post(deepseek, { stream: true })).text()
    expect(entry?.usage.output).toBeLessThan(deepseek.books.entries[1]?.usage.output ?? 0)
  })

  it('sends an error event, or stops without a terminator', async () => {
    deepseek.faults.push({ kind: 'error_event_after_chunks', chunks: 3 })
    const broken = await (await post(deepseek, { stream: true })).text()
    expect(broken).toMatch(/data: \{"error":/)
    expect(broken).not.toContain('[DONE]')
    deepseek.faults.push({ kind: 'end_after_chunks', chunks: 3 })
    expect(await (await post(deepseek, { stream: true })).text()).not.toContain('[DONE]')
  })

  it('bills an answer that says nothing of its usage, and one that cannot be parsed', async () => {
    deepseek.faults.push({ kind: 'no_usage' }, { kind: 'malformed_json' })
    expect(await (await post(deepseek)).json()).not.toHaveProperty('usage')
    await expect((await post(deepseek)).json()).rejects.toThrow(SyntaxError)
    expect(deepseek.books.entries.map(({ end }) => end)).toEqual(['complete', 'complete'])
  })
})

async function leaveEarly(simulated: SimulatedProvider): Promise<void> {
  simulated.setLatency({ chunkMs: 4 })
  const leave = new AbortController()
  const response = await post(simulated, { stream: true }, leave.signal)
  const reader = response.body?.getReader()
  for (let reads = 0; reads < 12; reads++) await reader?.read()
  leave.abort()
  await until(() => simulated.aborts.length === 1)
}

describe('a client that leaves', () => {
  it('stops the meter at DeepSeek', async () => {
    await leaveEarly(deepseek)
    const [entry] = deepseek.books.entries
    expect(entry?.end).toBe('aborted')
    deepseek.setLatency({ chunkMs: 0 })
    await (await post(deepseek)).json()
    const whole = deepseek.books.entries[1]?.usage.output ?? 0
    expect(entry?.usage.output).toBeGreaterThan(0)
    expect(entry?.usage.output).toBeLessThan(whole / 2)
    expect(deepseek.aborts[0]?.outputTokens).toBe(entry?.usage.output)
  })

  it('does not stop it at Alibaba', async () => {
    await leaveEarly(alibaba)
    alibaba.setLatency({ chunkMs: 0 })
    await (await post(alibaba, { stream: true })).text()
    const [left, whole] = alibaba.books.entries
    expect(left?.end).toBe('aborted')
    expect(left?.usage.output).toBe(whole?.usage.output)
  })
})

it('waits before the first byte as long as asked', async () => {
  deepseek.faults.push({ kind: 'slow_first_byte', ms: 80 })
  const startedAtMs = performance.now()
  await (await post(deepseek)).json()
  expect(performance.now() - startedAtMs).toBeGreaterThan(75)
})

it('keeps what it received', async () => {
  await (await post(deepseek, { user_id: 'u1' })).json()
  expect(deepseek.requests).toHaveLength(1)
  expect(deepseek.requests[0]).toMatchObject({
    method: 'POST',
    path: '/chat/completions',
    body: { user_id: 'u1' },
  })
})
