// Quirks of what things cost: who left, what hour it is, how a vendor counts tokens. The numbers are those of
// docs/providers.md.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderId } from '../../../src/core/route.ts'
import { askModel, providerOf } from '../../support/ask-model.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

describe('quirk 28: a client that leaves takes the usage with it, and is booked all the same', () => {
  const STORY = [{ role: 'user', content: 'Tell me a story about a farthing in 400 words.' }]

  it.each<[string, ProviderId, string]>([
    ['deepseek/deepseek-v4-pro', 'deepseek', 'estimated'],
    ['alibaba/qwen3.7-flash', 'alibaba', 'drained'],
    ['moonshot/kimi-k2.6', 'moonshot', 'estimated'],
    ['openai/gpt-4o', 'openai', 'estimated'],
    ['anthropic/claude-haiku-4-5', 'anthropic', 'estimated'],
  ])('%s', async (model, id, source) => {
    const provider = gateway.fleet.providers[id]
    provider.setLatency({ firstByteMs: 0, chunkMs: 5 })
    const before = provider.books.entries.length
    const leaving = new AbortController()
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: STORY, stream: true, reasoning_effort: 'none' }),
    })
    const reader = response.body?.getReader()
    for (let pieces = 0; pieces < 5; pieces++) await reader?.read()
    leaving.abort()
    const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
    provider.setLatency({ firstByteMs: 0, chunkMs: 0 })
    expect(details).toMatchObject({ outcome: 'client_gone', attempts: [{ usage_source: source }] })
    expect(details.attempts[0]?.usage.output_tokens).toBeGreaterThan(0)
    await expect.poll(() => provider.books.entries.length).toBe(before + 1)
    const billed = Number(provider.books.entries.at(-1)?.pico) / 1e12
    if (source === 'drained') expect(details.cost_usd).toBe(billed)
    else expect(details.cost_usd).toBeGreaterThan(billed / 10)
  })
})

/** A Wednesday's rush hour in Beijing, its evening, and the rush hour of a national holiday. */
it.each([
  ['2026-11-25T02:00:00Z', 2],
  ['2026-11-25T12:00:00Z', 1],
  ['2026-11-28T02:00:00Z', 1],
  ['2026-10-01T02:00:00Z', 1],
])(
  'quirk 30: at %s DeepSeek costs %d times its base price, in its books and in the ledger',
  async (time, times) => {
    const at = Date.parse(time)
    const startedAt = Date.now()
    const then = await startGateway({ clock: { now: () => at + Date.now() - startedAt } })
    try {
      const { status, headers, body } = await askModel(then, 'deepseek/deepseek-flash')
      expect(status).toBe(200)
      const { prompt_tokens: prompt = 0, completion_tokens: output = 0, cost } = body.usage ?? {}
      expect(cost).toBeCloseTo((times * (prompt * 0.15 + output * 0.6)) / 1e6, 12)
      const pico = then.fleet.providers.deepseek.books.entries.at(-1)?.pico
      const details = await then.settled(headers.get('x-request-id') ?? '')
      expect(BigInt(Math.round(details.cost_usd * 1e12))).toBe(pico)
    } finally {
      await then.close()
    }
  },
)

it('quirk 33: Claude’s newer tokenizer makes more tokens, and the estimate knows', async () => {
  const text =
    'A farthing was worth a quarter of a penny, and bought a good deal of bread in its time. '.repeat(300)
  const prompts = new Map<string, number>()
  for (const model of ['anthropic/claude-haiku-5-5', 'openai/gpt-6-luna', 'deepseek/deepseek-flash']) {
    const asked = await askModel(gateway, model, {
      messages: [{ role: 'user', content: text }],
      max_tokens: 16,
      reasoning_effort: 'none',
    })
    const { prompt_tokens: prompt = 0, cost = 0 } = asked.body.usage ?? {}
    prompts.set(providerOf(model), prompt)
    const estimated = Number(asked.headers.get('x-farthing-estimated-cost-usd'))
    expect(Math.abs(estimated / cost - 1)).toBeLessThan(0.25)
  }
  const [claude = 0, gpt = 0] = [prompts.get('anthropic'), prompts.get('openai')]
  expect(claude / gpt).toBeGreaterThan(1.25)
})
