// Tools on OpenAI's models that reason: through the Responses API, and for the client as on every other model.

import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}))
const MESSAGES = [{ role: 'user' as const, content: 'What is the weather in Oslo? Use both tools.' }]

const lastPath = () => gateway.fleet.providers.openai.requests.at(-1)?.path

describe.each([
  ['openai/gpt-6-luna', null],
  ['openai/gpt-6-luna', 'high'],
  ['openai/gpt-6.1-sol', null],
  ['openai/gpt-6-astra', 'low'],
  ['openai/gpt-5.5', 'none'],
] as const)('%s at effort %s', (model, effort) => {
  const request = { model, messages: MESSAGES, tools: TOOLS, reasoning_effort: effort }

  it('calls tools, gets their results and answers', async () => {
    const { data: first, response } = await gateway.client.chat.completions.create(request).withResponse()
    expect(lastPath()).toBe('/v1/responses')
    expect(first.object).toBe('chat.completion')
    expect(first.choices[0]?.finish_reason).toBe('tool_calls')
    const message = first.choices[0]?.message
    const calls = message?.tool_calls ?? []
    expect(calls.map((call) => call.type === 'function' && call.function)).toEqual([
      { name: 'get_weather', arguments: '{"city":"sample"}' },
      { name: 'get_time', arguments: '{"city":"sample"}' },
    ])
    expect(response.headers.get('x-farthing-dropped')).toBeNull()
    const results = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: '12' }))
    const second = await gateway.client.chat.completions.create({
      ...request,
      messages: [...MESSAGES, { role: 'assistant', content: null, tool_calls: calls }, ...results],
    })
    expect(second.choices[0]?.finish_reason).toBe('stop')
    expect(second.choices[0]?.message.content?.length).toBeGreaterThan(0)
  })

  it('streams the same, and usage at the end', async () => {
    const runner = gateway.client.chat.completions.stream({
      ...request,
      stream_options: { include_usage: true },
    })
    const usages: (OpenAI.CompletionUsage | null | undefined)[] = []
    for await (const chunk of runner) if (chunk.choices.length === 0) usages.push(chunk.usage)
    const { choices } = await runner.finalChatCompletion()
    expect(choices[0]?.message.tool_calls).toHaveLength(2)
    expect(choices[0]?.finish_reason).toBe('tool_calls')
    const entry = gateway.fleet.providers.openai.books.entries.at(-1)
    expect(usages).toMatchObject([
      {
        completion_tokens: entry?.usage.output,
        completion_tokens_details: { reasoning_tokens: entry?.usage.reasoning },
      },
    ])
    expect(Math.round(Number(JSON.parse(JSON.stringify(usages))[0].cost) * 1e12)).toBe(Number(entry?.pico))
  })
})

it('leaves on Chat Completions what it takes', async () => {
  const { completions } = gateway.client.chat
  for (const [model, effort] of [
    ['openai/gpt-6-luna', 'none'],
    ['openai/gpt-5.4-mini', null],
    ['openai/gpt-5-mini', null],
  ] as const) {
    await completions.create({ model, messages: MESSAGES, tools: TOOLS, reasoning_effort: effort })
    expect(lastPath()).toBe('/v1/chat/completions')
  }
  await completions.create({ model: 'openai/gpt-6-luna', messages: MESSAGES, reasoning_effort: 'high' })
  expect(lastPath()).toBe('/v1/chat/completions')
})

it('classifies errors of that API, and falls back', async () => {
  gateway.fleet.providers.openai.faults.push({ kind: 'overloaded', times: 2 })
  const failed = await gateway.client.chat.completions
    .create({ model: 'openai/gpt-6-luna', messages: MESSAGES, tools: TOOLS })
    .catch((error: unknown) => error)
  expect(failed).toMatchObject({ status: 502, code: 'upstream_error' })
  expect(lastPath()).toBe('/v1/responses')
  gateway.fleet.providers.openai.faults.push({ kind: 'error_event_after_chunks', chunks: 6 })
  const stream = await gateway.client.chat.completions.create({
    model: 'openai/gpt-6-luna',
    messages: MESSAGES,
    tools: TOOLS,
    stream: true,
  })
  const read = async (): Promise<void> => {
    for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk')
  }
  await expect(read()).rejects.toMatchObject({ code: 'stream_interrupted' })
})
