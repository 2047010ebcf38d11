// OpenAI's Responses API on a real socket, through the official client, as an application would meet it.

import OpenAI from 'openai'
import type { ResponseCreateParamsNonStreaming, ResponseInput } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { type SimulatedProvider, startSimulatedProvider } from '../../../src/simulator/provider-server.ts'
import { luna } from './sample-models.ts'

let simulated: SimulatedProvider
let client: OpenAI
const other = { ...luna, id: 'gpt-6-sol' }
beforeAll(async () => {
  const models = [luna, other, { ...luna, id: 'gpt-6-astra' }, { ...luna, id: 'gpt-5.4-mini' }]
  simulated = await startSimulatedProvider({ provider: 'openai', models, clock: systemClock })
  client = new OpenAI({ baseURL: simulated.baseUrl, apiKey: simulated.apiKey, maxRetries: 0 })
})
afterAll(() => simulated.close())

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  name,
  parameters,
  strict: true,
}))
const ASK = {
  model: luna.id,
  input: [{ role: 'user', content: 'Use both tools for Paris.' }] satisfies ResponseInput,
  tools: TOOLS,
  include: ['reasoning.encrypted_content'],
  store: false,
} satisfies ResponseCreateParamsNonStreaming

describe('the Responses API', () => {
  it('reasons under a seal and calls tools, whole and streamed, and books exactly what it reports', async () => {
    const whole = await client.responses.create(ASK)
    expect(whole.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call', 'function_call'])
    expect(whole).toMatchObject({ status: 'completed', service_tier: 'default' })
    const entry = simulated.books.entries.at(-1)
    expect(whole.usage).toMatchObject({
      output_tokens: entry?.usage.output,
      output_tokens_details: { reasoning_tokens: entry?.usage.reasoning },
    })
    expect(entry?.usage.reasoning).toBeGreaterThan(0)

    const stream = client.responses.stream(ASK)
    const types: string[] = []
    for await (const event of stream) {
      expect(event.sequence_number).toBe(types.length)
      types.push(event.type)
    }
    expect(types[0]).toBe('response.created')
    expect(types.at(-1)).toBe('response.completed')
    expect(types).toContain('response.function_call_arguments.delta')
    const final = await stream.finalResponse()
    expect(final.output.map((item) => item.type === 'function_call' && item.arguments)).toEqual(
      whole.output.map((item) => item.type === 'function_call' && item.arguments),
    )
    expect(final.usage?.output_tokens).toBe(whole.usage?.output_tokens)
  })

  it('gives no seal unless it is asked for, and streams text with its filler', async () => {
    const { include: _, ...bare } = ASK
    const answer = await client.responses.create(bare)
    expect(answer.output[0]).not.toHaveProperty('encrypted_content')
    const stream = await client.responses.create({ model: luna.id, input: 'Hello in 9 words', stream: true })
    let text = ''
    for await (const event of stream) {
      if (event.type !== 'response.output_text.delta') continue
      text += event.delta
      expect(event).toHaveProperty('obfuscation')
    }
    expect(text.split(' ')).toHaveLength(12)
  })

  it('takes its items back, and refuses them altered, alone, or at another model', async () => {
    const first = await client.responses.create(ASK)
    const results = first.output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: '12' }]
        : [],
    )
    const items: ResponseInput = JSON.parse(JSON.stringify([...ASK.input, ...first.output, ...results]))
    const again = (input: ResponseInput, model = luna.id) =>
      client.responses.create({ ...ASK, model, input }).catch((error: unknown) => error)
    expect(await again(items)).toMatchObject({ status: 'completed' })
    const withoutIds: ResponseInput = JSON.parse(JSON.stringify(items).replaceAll(/"id":"\w+",/g, ''))
    expect(await again(withoutIds)).toMatchObject({ status: 'completed' })

    const forged: ResponseInput = JSON.parse(
      JSON.stringify(items).replace('"encrypted_content":"', '"encrypted_content":"AAAA'),
    )
    expect(await again(forged)).toMatchObject({ status: 400, code: 'invalid_encrypted_content' })
    expect(await again(items, other.id)).toMatchObject({ status: 400, code: 'invalid_encrypted_content' })
    const only = (...types: string[]): ResponseInput =>
      items.filter((item) => !types.includes(item.type ?? ''))
    expect(await again(only('reasoning'))).toMatchObject({
      message: expect.stringContaining("was provided without its required 'reasoning' item"),
    })
    expect(await again(only('function_call', 'function_call_output'))).toMatchObject({
      message: expect.stringContaining('was provided without its required following item'),
    })
    expect(await again(only('function_call_output'))).toMatchObject({
      message: expect.stringContaining('No tool output found for function call'),
    })
    expect(await again(only('function_call', 'reasoning'))).toMatchObject({
      message: expect.stringContaining('No tool call found for function call output'),
    })
  })

  it.each([
    ['a parameter of Chat Completions', { messages: [] }, /Unknown parameter: 'messages'/],
    ['a temperature', { temperature: 0.5 }, /temperature/],
    ['a cap below sixteen', { max_output_tokens: 15 }, />= 16/],
    ['an effort that is no longer there', { reasoning: { effort: 'minimal' } }, /minimal/],
    [
      'an open schema that is strict by default',
      { tools: [{ type: 'function', name: 'f', parameters: { type: 'object', properties: {} } }] },
      /strict|additionalProperties/,
    ],
    ['a tool in its wrapper', { tools: [{ type: 'function', function: { name: 'f' } }] }, /tools\[0\].name/],
    [
      'a part of Chat Completions',
      { input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
      /Invalid value: 'text'/,
    ],
    [
      'a member that messages do not have',
      { input: [{ role: 'user', content: 'x', name: 'ann' }] },
      /input\[0\].name/,
    ],
    ['an empty input', { input: [] }, /input/],
    ['JSON without the word', { text: { format: { type: 'json_object' } } }, /json/],
  ])('refuses %s', async (_name, change, message) => {
    const error: unknown = await client
      .post('/responses', { body: { ...ASK, ...change } })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ status: 400, message: expect.stringMatching(message) })
  })
})

const send = (model: string, effort: Record<string, unknown>) =>
  client.chat.completions
    .create({
      model,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'function', function: { name: 'f', parameters } }],
      ...effort,
    })
    .then(
      () => 'taken',
      (error: unknown) => (error instanceof OpenAI.APIError ? error.message : error),
    )

describe('the wall of Chat Completions', () => {
  it.each([
    ['gpt-6-luna', {}, "or set reasoning_effort to 'none'."],
    ['gpt-6-luna', { reasoning_effort: 'low' }, "or set reasoning_effort to 'none'."],
    ['gpt-6-luna', { reasoning_effort: 'none' }, 'taken'],
    ['gpt-6-astra', {}, 'Please use /v1/responses instead.'],
    ['gpt-5.4-mini', {}, 'taken'],
    ['gpt-5.4-mini', { reasoning_effort: 'low' }, 'Please use /v1/responses instead.'],
    ['gpt-5.4-mini', { reasoning_effort: 'none' }, 'Please use /v1/responses instead.'],
  ])('%s with tools and %j', async (model, effort, expected) => {
    expect(await send(model, effort)).toContain(expected)
  })

  it('has no place for reasoning in messages', async () => {
    const message = { role: 'assistant' as const, content: 'x', reasoning_content: 'thought' }
    await expect(
      client.chat.completions.create({
        model: luna.id,
        messages: [{ role: 'user', content: 'x' }, message, { role: 'user', content: 'y' }],
      }),
    ).rejects.toMatchObject({ status: 400, param: 'messages[1].reasoning_content' })
  })
})
