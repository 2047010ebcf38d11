// The official client against the gateway: what an application sees that changes nothing but its base URL.

import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const HELLO = [{ role: 'user' as const, content: 'Say hello to the world in one sentence.' }]
const WEATHER = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]

const atMost = (usd: number) => ({ model: 'standard', messages: HELLO, routing: { max_cost_usd: usd } })

interface Priced {
  cost: number
  cost_details: {
    input: number
    cached_input: number
    cache_write: number
    output: number
    baseline: number
    saved: number
    source: string
  }
}
const priced = (usage: OpenAI.CompletionUsage | null | undefined): OpenAI.CompletionUsage & Priced =>
  JSON.parse(JSON.stringify(usage))

describe('the official client', () => {
  it.each([
    'economy',
    'standard',
    'premium',
    'frontier',
    'auto',
    'gpt-4o',
    'claude-3-5-sonnet-latest',
    'deepseek-chat',
  ])('chats with %s', async (model) => {
    const { data, response } = await gateway.client.chat.completions
      .create({ model, messages: HELLO })
      .withResponse()
    expect(data.object).toBe('chat.completion')
    expect(data.choices[0]?.message.content?.length).toBeGreaterThan(0)
    expect(data.choices[0]?.finish_reason).toBe('stop')
    const usage = priced(data.usage)
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
    expect(usage.cost).toBeGreaterThan(0)
    expect(usage.cost_details.source).toBe('provider')
    expect(data.model).toBe(response.headers.get('x-farthing-model'))
    expect(response.headers.get('x-farthing-attempts')).toBe('1')
    expect(Number(response.headers.get('x-farthing-cost-usd'))).toBe(usage.cost)
    expect(Number(response.headers.get('x-farthing-saved-usd'))).toBe(usage.cost_details.saved)
    expect(Number(response.headers.get('x-farthing-estimated-cost-usd'))).toBeGreaterThan(0)
  })

  it.each([
    'deepseek/deepseek-flash',
    'alibaba/qwen3.8-flash',
    'moonshot/kimi-k2.6',
    'openai/gpt-6-luna',
    'anthropic/claude-haiku-5-5',
  ])('gets exactly %s when it is pinned, streamed and not', async (model) => {
    const { response } = await gateway.client.chat.completions
      .create({ model, messages: HELLO })
      .withResponse()
    expect(`${response.headers.get('x-farthing-provider')}/${response.headers.get('x-farthing-model')}`).toBe(
      model,
    )

    const stream = await gateway.client.chat.completions.create({
      model,
      messages: HELLO,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    const usages: OpenAI.CompletionUsage[] = []
    let finish: string | null | undefined = null
    for await (const chunk of stream) {
      expect(usages).toEqual([])
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
      if (chunk.usage != null) {
        expect(chunk.choices).toEqual([])
        usages.push(chunk.usage)
      }
    }
    expect(text.length).toBeGreaterThan(0)
    expect(finish).toBe('stop')
    expect(usages).toHaveLength(1)
    expect(priced(usages[0]).cost).toBeGreaterThan(0)
  })

  it('gets no usage chunk on a stream that did not ask for one, though the gateway did', async () => {
    for (const model of [
      'deepseek/deepseek-flash',
      'moonshot/kimi-k2.6',
      'openai/gpt-6-luna',
      'anthropic/claude-haiku-5-5',
      'alibaba/qwen3.8-flash',
    ]) {
      const stream = await gateway.client.chat.completions.create({ model, messages: HELLO, stream: true })
      for await (const chunk of stream) {
        expect(chunk.usage ?? null).toBeNull()
        expect(chunk.choices.length).toBeGreaterThan(0)
      }
    }
  })

  it.each([
    'deepseek/deepseek-flash',
    'alibaba/qwen3.7-plus',
    'moonshot/kimi-k2.6',
    'openai/gpt-5-mini',
    'anthropic/claude-haiku-5-5',
  ])('calls tools in parallel on %s and hands their results back', async (model) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'What is the weather in Oslo and in Rome? Use the tools.' },
    ]
    const first = await gateway.client.chat.completions.create({ model, messages, tools: WEATHER })
    const message = first.choices[0]?.message
    expect(first.choices[0]?.finish_reason).toBe('tool_calls')
    expect(message?.tool_calls?.length).toBe(2)
    expect(new Set(message?.tool_calls?.map((call) => call.id)).size).toBe(2)
    if (message === undefined) throw new Error('no message')
    messages.push(message)
    for (const call of message.tool_calls ?? [])
      messages.push({ role: 'tool', tool_call_id: call.id, content: '12 degrees' })
    const second = await gateway.client.chat.completions.create({ model, messages, tools: WEATHER })
    expect(second.choices[0]?.message.content?.length).toBeGreaterThan(0)
  })

  it('assembles streamed tool calls', async () => {
    const runner = gateway.client.chat.completions.stream({
      model: 'deepseek/deepseek-flash',
      messages: [{ role: 'user', content: 'What is the weather in Oslo and in Rome? Use the tools.' }],
      tools: WEATHER,
    })
    const completion = await runner.finalChatCompletion()
    const calls = completion.choices[0]?.message.tool_calls ?? []
    expect(calls).toHaveLength(2)
    for (const call of calls)
      if (call.type === 'function') expect(JSON.parse(call.function.arguments)).toBeTypeOf('object')
  })

  it('lists the models that the key may use', async () => {
    const all = (await gateway.client.models.list()).data.map((model) => model.id)
    expect(all).toEqual(
      expect.arrayContaining(['economy', 'auto', 'gpt-4o', 'openai/gpt-6-luna', 'anthropic/claude-opus-5-5']),
    )
    expect(await gateway.client.models.retrieve('openai/gpt-6-luna')).toMatchObject({
      id: 'openai/gpt-6-luna',
      object: 'model',
      owned_by: 'openai',
    })
    await expect(gateway.client.models.retrieve('gpt-99')).rejects.toBeInstanceOf(OpenAI.NotFoundError)

    const narrow = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: await gateway.createKey({ models: { allow: ['deepseek/*'] } }),
      maxRetries: 0,
    })
    const few = (await narrow.models.list()).data.map((model) => model.id)
    expect(few).toContain('deepseek/deepseek-flash')
    expect(few.filter((id) => id.startsWith('openai/'))).toEqual([])
    await expect(
      narrow.chat.completions.create({ model: 'openai/gpt-6-luna', messages: HELLO }),
    ).rejects.toMatchObject({ status: 403, code: 'model_not_allowed' })
  })

  it('gets the error classes it knows', async () => {
    const stranger = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'fth_nobody', maxRetries: 0 })
    await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError)
    const { completions } = gateway.client.chat
    await expect(completions.create({ model: 'gpt-99', messages: HELLO })).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    )
    await expect(completions.create({ model: 'auto', messages: [] })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    )
    await expect(completions.create({ model: 'auto', messages: [] })).rejects.toMatchObject({
      param: 'messages',
      code: 'invalid_request_error',
    })
  })

  it('explains its decision on request', async () => {
    const body = { model: 'standard', messages: HELLO, routing: { explain: true } }
    const completion = await gateway.client.chat.completions.create(body)
    const {
      farthing,
    }: {
      farthing: {
        candidates: {
          route: string
          expected_cost_usd: number | null
          verdict: string
          reason: string | null
        }[]
      }
    } = JSON.parse(JSON.stringify(completion))
    const [first, ...rest] = farthing.candidates
    expect(first?.verdict).toBe('chosen')
    const costs = rest.flatMap((candidate) =>
      candidate.verdict === 'fallback' ? [candidate.expected_cost_usd ?? 0] : [],
    )
    expect(costs.length).toBeGreaterThan(5)
    for (const cost of costs) expect(cost * 1.0101).toBeGreaterThanOrEqual(first?.expected_cost_usd ?? 0)
    expect(rest.some((candidate) => candidate.verdict === 'ineligible' && candidate.reason === 'tier')).toBe(
      true,
    )
  })

  it('keeps to a maximum cost, or says what would be needed', async () => {
    const error: unknown = await gateway.client.chat.completions
      .create(atMost(0.000_000_001))
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 400, code: 'max_cost_exceeded' })
    const { response } = await gateway.client.chat.completions.create(atMost(1)).withResponse()
    expect(response.status).toBe(200)
  })

  it('never sends the gateway’s own fields upstream', async () => {
    const body = { model: 'economy', messages: HELLO, routing: { session: 's', tier: 'standard' } }
    await gateway.client.chat.completions.create(body, {
      headers: { 'x-farthing-tags': 'team=a', cookie: 'secret=1', 'x-custom': 'mine' },
    })
    const received = Object.values(gateway.fleet.providers).flatMap((provider) => provider.requests)
    const last = received.toSorted((a, b) => a.atMs - b.atMs).at(-1)
    expect(last?.body).not.toHaveProperty('routing')
    expect(Object.keys(last?.headers ?? {}).filter((name) => /farthing|cookie|x-custom/.test(name))).toEqual(
      [],
    )
  })
})
