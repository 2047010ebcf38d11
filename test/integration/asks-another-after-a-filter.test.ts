// A provider that will not answer: the client hears of it, or, where its key says so, another provider is asked. What was
// billed is in the books either way.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ProviderId } from '../../src/core/route.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
let keys: Record<'stop' | 'next', string>
beforeAll(async () => {
  gateway = await startGateway()
  // What is learned meanwhile must not change who is the cheapest of a pair.
  const cheap = ['claude-sonnet-5-5', 'claude-opus-5', 'claude-opus-5-5', 'claude-fable-5-2']
  const models = { deny: cheap.map((model) => `anthropic/${model}`) }
  keys = {
    stop: await gateway.createKey({ models }),
    next: await gateway.createKey({ models, on_content_filter: 'next' }),
  }
})
afterAll(() => gateway.close())
beforeEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

interface Ask {
  readonly key: 'stop' | 'next'
  readonly model: string
  readonly stream?: boolean
  readonly only?: readonly ProviderId[]
}

async function ask({ key, model, stream = false, only }: Ask) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys[key]}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'How is that done? In 20 words.' }],
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
      ...(only === undefined ? {} : { routing: { providers: { only } } }),
    }),
  })
  const text = await response.text()
  const id = response.headers.get('x-request-id') ?? ''
  return {
    status: response.status,
    text,
    finishes: Array.from(text.matchAll(/"finish_reason": ?"(\w+)"/g), (match) => match[1]),
    details: () => gateway.settled(id),
  }
}

/** Who is asked first, and who then; the tier at which that is so. */
const PAIRS: readonly (readonly [ProviderId, ProviderId, string])[] = [
  ['deepseek', 'moonshot', 'standard'],
  ['alibaba', 'moonshot', 'standard'],
  ['openai', 'moonshot', 'standard'],
  ['anthropic', 'moonshot', 'standard'],
  ['moonshot', 'anthropic', 'frontier'],
]

describe.each(PAIRS)('%s, then %s (%s)', (first, second, model) => {
  it.each([false, true])('refuses with an error (stream: %s)', async (stream) => {
    gateway.fleet.providers[first].faults.push({ kind: 'content_filter' })
    const { status, details } = await ask({ key: 'next', model, stream, only: [first, second] })
    expect(status).toBe(200)
    expect((await details()).attempts).toMatchObject([
      { provider: first, outcome: 'content_filter', usage_source: null, cost_usd: 0 },
      { provider: second, outcome: 'success' },
    ])
  })

  it.each([false, true])('refuses with an answer that is billed (stream: %s)', async (stream) => {
    gateway.fleet.providers[first].faults.push({ kind: 'ends', finish: 'content_filter', pieces: 0 })
    const before = gateway.fleet.books()
    const { status, text, finishes, details } = await ask({
      key: 'next',
      model,
      stream,
      only: [first, second],
    })
    expect(status).toBe(200)
    expect(finishes).toEqual(['stop'])
    const { attempts, cost_usd: cost } = await details()
    expect(attempts).toMatchObject([
      { provider: first, outcome: 'content_filter', usage_source: 'provider' },
      { provider: second, outcome: 'success', usage_source: 'provider' },
    ])
    const billed = gateway.fleet.books().billedPico - before.billedPico
    expect(BigInt(Math.round(cost * 1e12))).toBe(billed)
    expect(attempts[0]?.cost_usd).toBeGreaterThan(0)
    const told = Number(/"cost": ?([\d.e-]+)/.exec(text)?.[1])
    expect(BigInt(Math.round(told * 1e12))).toBe(billed)
  })

  it.each([false, true])('gives the refusal where the key says stop (stream: %s)', async (stream) => {
    gateway.fleet.providers[first].faults.push({ kind: 'ends', finish: 'content_filter', pieces: 0 })
    const { status, finishes, details } = await ask({ key: 'stop', model, stream, only: [first, second] })
    expect(status).toBe(200)
    expect(finishes).toEqual(['content_filter'])
    expect((await details()).attempts).toMatchObject([{ provider: first, outcome: 'success' }])
  })
})

describe('where nobody else is left', () => {
  it.each([false, true])('the refusal that was paid for is the answer (stream: %s)', async (stream) => {
    gateway.fleet.providers.anthropic.faults.push({ kind: 'ends', finish: 'content_filter', pieces: 0 })
    const before = gateway.fleet.books()
    const pinned = await ask({ key: 'next', model: 'anthropic/claude-haiku-5-5', stream })
    expect(pinned.status).toBe(200)
    expect(pinned.finishes).toEqual(['content_filter'])
    if (stream) expect(pinned.text).toMatch(/\[DONE\]\s*$/)
    const { outcome, attempts, cost_usd: cost } = await pinned.details()
    expect(outcome).toBe('success')
    expect(attempts).toMatchObject([{ outcome: 'content_filter', usage_source: 'provider' }])
    expect(BigInt(Math.round(cost * 1e12))).toBe(gateway.fleet.books().billedPico - before.billedPico)
  })

  it('the error is', async () => {
    gateway.fleet.providers.alibaba.faults.push({ kind: 'content_filter' })
    const { status, text } = await ask({ key: 'next', model: 'alibaba/qwen3.8-flash' })
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'data_inspection_failed' } })
  })
})

it('an answer that had begun is not taken back', async () => {
  gateway.fleet.providers.alibaba.faults.push({ kind: 'ends', finish: 'content_filter', pieces: 30 })
  const { finishes, details } = await ask({
    key: 'next',
    model: 'standard',
    stream: true,
    only: ['alibaba', 'moonshot'],
  })
  expect(finishes).toEqual(['content_filter'])
  expect((await details()).attempts).toMatchObject([{ provider: 'alibaba', outcome: 'success' }])
})
