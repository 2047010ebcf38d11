// Quirks of what providers report: whatever the place and the words, usage is counted once, and costs what the provider's
// own books say. The numbers are those of docs/providers.md.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ProviderId } from '../../../src/core/route.ts'
import { type Asked, askModel, chunksOf, functionTool, HI, providerOf } from '../../support/ask-model.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const ask = (model: string, fields: object = {}): Promise<Asked> => askModel(gateway, model, fields)
const STREAM = { stream: true, stream_options: { include_usage: true } }
const LONG = 'You know all about farthings and their history. '.repeat(400)

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number }
  readonly cost: number
}

/** Every usage that a client of a stream was told. */
function usagesIn({ text }: Asked): readonly Usage[] {
  return chunksOf(text).flatMap((chunk) => JSON.parse(JSON.stringify(chunk['usage'] ?? [])))
}

/** The last line of the provider's own books, in the client's words. */
function booked(id: ProviderId) {
  const entry = gateway.fleet.providers[id].books.entries.at(-1)
  if (entry === undefined) throw new Error(`${id} has booked nothing`)
  const { input, cachedInput, cacheWrite, cacheWriteLong, output } = entry.usage
  return {
    prompt_tokens: input + cachedInput + cacheWrite + cacheWriteLong,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: cachedInput },
    cost: Number(entry.pico) / 1e12,
  }
}

async function expectBooked(model: string, fields: object): Promise<void> {
  const asked = await ask(model, fields)
  expect(asked.status).toBe(200)
  const usages = 'stream' in fields ? usagesIn(asked) : [asked.body.usage]
  expect(usages).toHaveLength(1)
  expect(usages[0]).toMatchObject(booked(providerOf(model)))
}

it('quirk 9: Kimi tells usage inside the choice of a stream, and it is counted once', () =>
  expectBooked('moonshot/kimi-k3', STREAM))

it('quirk 10: Kimi tells cached tokens at the top of its usage', async () => {
  const messages = [{ role: 'system', content: LONG }, ...HI]
  await expectBooked('moonshot/kimi-k3', { messages })
  const again = await ask('moonshot/kimi-k3', { messages })
  expect(again.body.usage?.prompt_tokens_details.cached_tokens).toBeGreaterThan(1000)
  expect(again.body.usage).toMatchObject(booked('moonshot'))
})

it('quirk 11: usage on a stream is asked for always, and hidden from a client that did not ask', async () => {
  for (const model of ['openai/gpt-6-luna', 'alibaba/qwen3.8-flash', 'moonshot/kimi-k3']) {
    const asked = await ask(model, { stream: true })
    expect(asked.sent[0]?.body['stream_options']).toEqual({ include_usage: true })
    expect(usagesIn(asked)).toEqual([])
    const details = await gateway.settled(asked.headers.get('x-request-id') ?? '')
    expect(details.attempts).toMatchObject([{ usage_source: 'provider' }])
    expect(details.cost_usd).toBe(booked(providerOf(model)).cost)
  }
})

it('quirk 12: DeepSeek tells usage on the last chunk that has choices', () =>
  expectBooked('deepseek/deepseek-flash', STREAM))

it('quirk 13: Claude counts cached tokens beside its input tokens, and the client is told all of them', async () => {
  const content = [{ type: 'text', text: LONG, cache_control: { type: 'ephemeral' } }]
  const messages = [{ role: 'user', content }]
  await expectBooked('anthropic/claude-haiku-5-5', { messages })
  const again = await ask('anthropic/claude-haiku-5-5', { messages })
  expect(again.body.usage?.prompt_tokens_details.cached_tokens).toBeGreaterThan(1000)
  expect(again.body.usage).toMatchObject(booked('anthropic'))
})

it('quirk 14: Claude’s usage on a stream is cumulative', () =>
  expectBooked('anthropic/claude-haiku-5-5', STREAM))

it('quirk 15: DeepSeek’s keep-alives and blank lines are no part of an answer', async () => {
  const { baseUrl, apiKey } = gateway.fleet.providers.deepseek
  const plain = (stream: boolean): Promise<Response> =>
    fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'deepseek-flash', messages: HI, stream }),
    })
  expect(await (await plain(true)).text()).toMatch(/^: keep-alive\n\n/)
  expect(await (await plain(false)).text()).toMatch(/^\n\n/)
  const streamed = await ask('deepseek/deepseek-flash', STREAM)
  expect(chunksOf(streamed.text)[0]).toMatchObject({ object: 'chat.completion.chunk' })
  const whole = await ask('deepseek/deepseek-flash')
  expect([whole.status, whole.text[0]]).toEqual([200, '{'])
  expect(whole.body.choices?.[0]?.message.content?.split(' ')).toHaveLength(12)
})

it('quirk 16: a stream has no comment that a blank line follows, and none wrapped as data', async () => {
  for (const model of ['deepseek/deepseek-flash', 'anthropic/claude-haiku-5-5']) {
    const { text } = await ask(model, STREAM)
    expect(text).not.toMatch(/(?:^|\n):[^\n]*\n\n/)
    expect(text).not.toMatch(/data: *:/)
    const stream = await gateway.client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    })
    let chunks = 0
    for await (const _ of stream) chunks++
    expect(chunks).toBeGreaterThan(2)
  }
})

it.each([
  ['anthropic/claude-haiku-5-5', 110_000, 100_000, 0.5, 2.5],
  ['openai/gpt-6-luna', 290_000, 272_000, 0.25, 0.75],
  ['alibaba/qwen3.7-plus', 290_000, 256_000, 1.2, 4.8],
])(
  'quirk 31: beyond its line %s charges the whole request at the higher price, and so is it booked',
  { timeout: 30_000 },
  async (model, words, line, input, output) => {
    const messages = [{ role: 'user', content: 'farthing '.repeat(words) }]
    const asked = await ask(model, { messages, max_tokens: 20, reasoning_effort: 'none' })
    const { prompt_tokens: prompt = 0, completion_tokens: written = 0, cost } = asked.body.usage ?? {}
    expect(prompt).toBeGreaterThan(line)
    expect(asked.body.usage).toMatchObject(booked(providerOf(model)))
    expect(cost).toBeCloseTo((prompt * input + written * output) / 1e6, 5)
  },
)

it('quirk 32: what OpenAI writes to its cache is charged as a write', async () => {
  const messages = [{ role: 'user', content: `${LONG} ${Date.now()}` }]
  const { body } = await ask('openai/gpt-6-luna', { messages })
  expect(body.usage?.cost_details.cache_write).toBeGreaterThan(0)
  expect(body.usage).toMatchObject(booked('openai'))
})

it('quirk 35: Qwen’s empty ids of tool calls never reach a client', async () => {
  const fields = {
    tools: [functionTool('get_weather')],
    messages: [{ role: 'user', content: 'Use the tool.' }],
  }
  const streamed = await ask('alibaba/qwen3.8-flash', { ...fields, stream: true })
  expect(streamed.text).toContain('"name":"get_weather"')
  expect(streamed.text).not.toContain('"id":""')
  const whole = await ask('alibaba/qwen3.8-flash', fields)
  expect(whole.body.choices?.[0]?.message.tool_calls?.[0]?.id).toMatch(/^call_/)
})

it('quirk 38: the service tier of the answer decides the price', async () => {
  const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
  const message = { role: 'assistant', content: 'Hello' }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  const costAt = async (service_tier: string): Promise<number> => {
    const body = {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-6-luna',
      choices,
      usage,
      service_tier,
    }
    gateway.fleet.providers.openai.faults.push({ kind: 'status', status: 200, body })
    return (await ask('openai/gpt-6-luna', { service_tier: 'flex' })).body.usage?.cost ?? 0
  }
  const ordinary = await costAt('default')
  expect(ordinary).toBe((1000 * 0.1 + 100 * 0.5) / 1e6)
  expect(await costAt('flex')).toBe(ordinary / 2)
})

it('quirk 38: the filler of OpenAI’s chunks is as the client wants it, and never counted', async () => {
  const luna = 'openai/gpt-6-luna'
  const filled = await ask(luna, STREAM)
  expect(filled.text).toContain('"obfuscation":"')
  expect(usagesIn(filled)[0]).toMatchObject(booked('openai'))
  const bare = await ask(luna, {
    ...STREAM,
    stream_options: { include_usage: true, include_obfuscation: false },
  })
  expect(bare.sent[0]?.body['stream_options']).toEqual({ include_usage: true, include_obfuscation: false })
  expect(bare.text).not.toContain('obfuscation')
  expect(usagesIn(bare)[0]).toMatchObject(booked('openai'))
})
