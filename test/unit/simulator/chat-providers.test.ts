// The Chat Completions vendors on real sockets, through the official client, as an application would meet them.

import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { type Fleet, startFleet } from '../../../src/simulator/fleet.ts'
import { chargePico } from '../../../src/simulator/price.ts'
import { deepseekFlash, haiku, kimi, luna, qwenFlash } from './sample-models.ts'

const MODELS = { deepseek: deepseekFlash, alibaba: qwenFlash, moonshot: kimi, openai: luna } as const
type Chat = keyof typeof MODELS
const CHATS = ['deepseek', 'alibaba', 'moonshot', 'openai'] as const satisfies Chat[]

let fleet: Fleet
beforeAll(async () => {
  const models = {
    deepseek: [deepseekFlash],
    alibaba: [qwenFlash],
    moonshot: [kimi],
    openai: [luna],
    anthropic: [haiku],
  }
  fleet = await startFleet({ models, clock: systemClock })
})
afterAll(() => fleet.close())

function clientOf(provider: Chat, apiKey = fleet.providers[provider].apiKey): OpenAI {
  return new OpenAI({ baseURL: fleet.providers[provider].baseUrl, apiKey, maxRetries: 0 })
}

/** What switches thinking off, so that tools may be used everywhere. */
const CALM: Record<Chat, object> = {
  deepseek: { thinking: { type: 'disabled' } },
  alibaba: { enable_thinking: false, parallel_tool_calls: true },
  moonshot: {},
  openai: { reasoning_effort: 'none' },
}
/** What an answer needs to come whole: Qwen thinks on a stream only. */
const WHOLE: Record<Chat, object> = {
  deepseek: {},
  alibaba: { enable_thinking: false },
  moonshot: {},
  openai: {},
}
const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}))
const HELLO = [{ role: 'user' as const, content: 'Say hello in 20 words.' }]

const askAbout = (url: string) => ({
  model: kimi.id,
  messages: [{ role: 'user' as const, content: [{ type: 'image_url' as const, image_url: { url } }] }],
})
const toolTurn = (reasoning: object) => [
  ...HELLO,
  {
    role: 'assistant' as const,
    content: '',
    tool_calls: [{ id: 'c1', type: 'function' as const, function: { name: 'get_time', arguments: '{}' } }],
    ...reasoning,
  },
  { role: 'tool' as const, tool_call_id: 'c1', content: '12:00' },
]

describe.each(CHATS)('%s', (provider) => {
  const model = MODELS[provider].id

  it('answers, reports usage, and enters exactly that in its books', async () => {
    const { books } = fleet.providers[provider]
    const before = books.billedPico
    const answer = await clientOf(provider).chat.completions.create({
      model,
      messages: HELLO,
      ...WHOLE[provider],
    })
    expect(answer.choices[0]?.message.content?.split(' ')).toHaveLength(20)
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    const entry = books.entries.at(-1)
    expect(entry).toMatchObject({ id: answer.id, model, end: 'complete', isStream: false })
    expect(answer.usage?.completion_tokens).toBe(entry?.usage.output)
    expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBe(entry?.usage.reasoning)
    expect((entry?.usage.reasoning ?? 0) > 0).toBe(provider !== 'alibaba')
    expect(books.billedPico - before).toBe(chargePico(MODELS[provider], entry!.usage, entry!))
  })

  it('streams the same answer, with usage where the vendor puts it', async () => {
    const client = clientOf(provider)
    const request = { model, messages: HELLO, ...WHOLE[provider] }
    const whole = await client.chat.completions.create({ ...request, stream: false })
    const stream = await client.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    const usages: unknown[] = []
    let emptyChunks = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (chunk.usage) usages.push(chunk.usage)
      if (chunk.choices.length === 0) emptyChunks++
    }
    expect(text).toBe(whole.choices[0]?.message.content)
    expect(usages).toHaveLength(1)
    expect(usages[0]).toMatchObject({ completion_tokens: whole.usage?.completion_tokens })
    expect(emptyChunks).toBe(provider === 'deepseek' ? 0 : 1)
  })

  it('calls two tools at once, whole and streamed', async () => {
    const client = clientOf(provider)
    const request = {
      model,
      messages: [{ role: 'user' as const, content: 'Use both tools for Paris.' }],
      tools: TOOLS,
      ...CALM[provider],
    }
    const whole = await client.chat.completions.create({ ...request, stream: false })
    const calls = whole.choices[0]?.message.tool_calls ?? []
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    expect(calls.map((call) => call.type === 'function' && call.function)).toEqual([
      { name: 'get_weather', arguments: '{"city":"sample"}' },
      { name: 'get_time', arguments: '{"city":"sample"}' },
    ])
    const streamed = await client.chat.completions.stream(request).finalChatCompletion()
    const idsAgain = streamed.choices[0]?.message.tool_calls?.map(({ id }) => id)
    expect(idsAgain).toHaveLength(2)
    // Kimi counts its calls, and begins anew with each conversation; the others' are found nowhere else.
    if (provider === 'moonshot') expect(idsAgain).toEqual(['get_weather_0', 'get_time_1'])
    else expect(new Set([...calls.map(({ id }) => id), ...(idsAgain ?? [])]).size).toBe(4)
  })

  it('cuts the answer at the cap, to the token', async () => {
    const cap = provider === 'deepseek' || provider === 'alibaba' ? 'max_tokens' : 'max_completion_tokens'
    const answer = await clientOf(provider).chat.completions.create({
      model,
      messages: HELLO,
      [cap]: 7,
      ...WHOLE[provider],
    })
    expect(answer.usage?.completion_tokens).toBe(7)
    expect(answer.choices[0]?.finish_reason).toBe('length')
  })

  it('reads a long prompt from its cache the second time', async () => {
    const messages = [
      { role: 'system' as const, content: `You know all about ${provider}. `.repeat(600) },
      { role: 'user' as const, content: 'One?' },
    ]
    const { books } = fleet.providers[provider]
    const client = clientOf(provider)
    const first = await client.chat.completions.create({ model, messages, ...WHOLE[provider] })
    const firstEntry = books.entries.at(-1)
    expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0)
    const second = await client.chat.completions.create({
      model,
      ...WHOLE[provider],
      messages: [...messages, { role: 'assistant', content: 'Two.' }, { role: 'user', content: 'Three?' }],
    })
    const cached = second.usage?.prompt_tokens_details?.cached_tokens ?? 0
    expect(cached).toBeGreaterThan(0.9 * (first.usage?.prompt_tokens ?? Infinity))
    expect(cached).toBeLessThan(second.usage?.prompt_tokens ?? 0)
    expect(books.entries.at(-1)?.usage.cachedInput).toBe(cached)
    expect((firstEntry?.usage.cacheWrite ?? 0) > 0).toBe(provider === 'openai')
  })

  it('knows its models', async () => {
    const page = await clientOf(provider).models.list()
    expect(page.data.map(({ id }) => id)).toEqual([model])
  })

  it('refuses a wrong key, a wrong model and fields of the gateway', async () => {
    const client = clientOf(provider)
    await expect(
      clientOf(provider, 'wrong').chat.completions.create({ model, messages: HELLO }),
    ).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    await expect(client.chat.completions.create({ model: 'gone', messages: HELLO })).rejects.toMatchObject({
      status: provider === 'deepseek' ? 400 : 404,
    })
    const leaking = { model, messages: HELLO, routing: { explain: true } }
    await expect(client.chat.completions.create(leaking)).rejects.toMatchObject({ status: 400 })
    const { requests } = fleet.providers[provider].books
    await expect(
      client.chat.completions.create(
        { model, messages: HELLO },
        { headers: { 'x-farthing-tier': 'premium' } },
      ),
    ).rejects.toMatchObject({ status: 400 })
    expect(fleet.providers[provider].books.requests).toBe(requests)
  })
})

describe('what only some refuse', () => {
  it('max_tokens at OpenAI', async () => {
    await expect(
      clientOf('openai').chat.completions.create({ model: luna.id, messages: HELLO, max_tokens: 5 }),
    ).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter', param: 'max_tokens' })
  })

  it('a temperature at Kimi and OpenAI', async () => {
    const request = { messages: HELLO, temperature: 0.2 }
    await expect(
      clientOf('moonshot').chat.completions.create({ ...request, model: kimi.id }),
    ).rejects.toMatchObject({ status: 400 })
    await expect(
      clientOf('openai').chat.completions.create({ ...request, model: luna.id }),
    ).rejects.toMatchObject({ status: 400, code: 'unsupported_value' })
    await clientOf('deepseek').chat.completions.create({ ...request, model: deepseekFlash.id })
  })

  it('tools with reasoning at OpenAI, forced tools while DeepSeek and Qwen think', async () => {
    const request = { messages: HELLO, tools: TOOLS }
    await expect(
      clientOf('openai').chat.completions.create({ ...request, model: luna.id }),
    ).rejects.toMatchObject({ status: 400 })
    for (const provider of ['deepseek', 'alibaba'] as const) {
      const forced = { ...request, model: MODELS[provider].id, tool_choice: 'required' as const }
      await expect(clientOf(provider).chat.completions.create(forced)).rejects.toMatchObject({ status: 400 })
    }
  })

  it('a JSON schema at DeepSeek; the others satisfy it', async () => {
    const schema = {
      type: 'object',
      properties: { colour: { enum: ['red', 'blue'] }, count: { type: 'integer' } },
      required: ['colour', 'count'],
    }
    const format = {
      messages: HELLO,
      response_format: { type: 'json_schema' as const, json_schema: { name: 'paint', schema } },
    }
    await expect(
      clientOf('deepseek').chat.completions.create({ ...format, model: deepseekFlash.id }),
    ).rejects.toMatchObject({ status: 400 })
    for (const provider of ['alibaba', 'moonshot', 'openai'] as const) {
      const answer = await clientOf(provider).chat.completions.create({
        ...format,
        ...WHOLE[provider],
        model: MODELS[provider].id,
      })
      expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ colour: 'red', count: 7 })
    }
  })

  it('an image by URL at Kimi', async () => {
    const client = clientOf('moonshot')
    await expect(client.chat.completions.create(askAbout('https://example.com/a.png'))).rejects.toMatchObject(
      {
        status: 400,
      },
    )
    const answer = await client.chat.completions.create(askAbout('data:image/png;base64,AAAA'))
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(700)
  })

  it('a tool turn without its reasoning at DeepSeek and Kimi', async () => {
    for (const [provider, filler] of [
      ['deepseek', ''],
      ['moonshot', '.'],
    ] as const) {
      const { chat } = clientOf(provider)
      const { id } = MODELS[provider]
      await expect(chat.completions.create({ model: id, messages: toolTurn({}) })).rejects.toMatchObject({
        status: 400,
      })
      await chat.completions.create({ model: id, messages: toolTurn({ reasoning_content: filler }) })
    }
  })
})

describe('where usage hides', () => {
  it('at Kimi in the last choice, asked or not; at OpenAI and Qwen nowhere unless asked', async () => {
    for (const provider of CHATS) {
      const { baseUrl, apiKey } = fleet.providers[provider]
      const response = await fetch(`${baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODELS[provider].id, messages: HELLO, stream: true }),
      })
      const text = await response.text()
      expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true)
      const chunks = text
        .split('\n\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => JSON.parse(line.slice(6)))
      const last = chunks.at(-1)
      expect(last.usage !== undefined && last.usage !== null).toBe(provider === 'deepseek')
      expect(last.choices[0].usage !== undefined).toBe(provider === 'moonshot')
      expect(text.startsWith(': keep-alive\n\n')).toBe(provider === 'deepseek')
      expect(chunks.some((chunk) => 'obfuscation' in chunk)).toBe(provider === 'openai')
    }
  })
})
