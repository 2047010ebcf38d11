// Conversations that are odd but not wrong are served, those that are wrong are told so before anything is sent, and
// nothing is lost either way: provider by provider.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askModel, functionTool, HI } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const PINS = [
  'deepseek/deepseek-flash',
  'alibaba/qwen3.8-flash',
  'moonshot/kimi-k3',
  'openai/gpt-6-luna',
  'anthropic/claude-haiku-5-5',
]
const imageOf = (url: string) => ({ type: 'image_url', image_url: { url } })
const shown = (data: string) => ({ messages: [{ role: 'user', content: [imageOf(data)] }] })
const called = (id: string) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name: 'get_time', arguments: '{}' } }],
})
const loop = {
  type: 'object',
  properties: { next: { $ref: '#/$defs/node' } },
  $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
}
const huge = {
  type: 'object',
  properties: Object.fromEntries(
    Array.from({ length: 20_000 }, (_, n) => [`property_${n}`, { type: 'string', description: 'of many' }]),
  ),
}
const withParameters = (parameters: object) => ({
  tools: [{ type: 'function', function: { name: 'get_time', parameters } }],
})

const ROOTLESS = [undefined, null, {}, { type: 'object' }, { properties: { a: { type: 'string' } } }]
const NAMED = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
const FORKED = [
  { type: 'object', properties: { id: { type: 'string' } }, anyOf: [{ required: ['id'] }, NAMED] },
  { oneOf: [NAMED, { type: 'object', properties: { id: { type: 'string' } } }] },
  { $ref: '#/definitions/a', definitions: { a: { $ref: '#/definitions/b' }, b: NAMED } },
]
const toolOf = (parameters: unknown, index: number) => ({
  type: 'function',
  function: { name: `tool_${index}`, parameters },
})

async function expectNothingHeld(): Promise<void> {
  await expect.poll(() => gateway.held(), { timeout: 5_000 }).toBe(0)
  expect(gateway.log()).not.toContain('"level":"error"')
}

describe.each(PINS)('%s', (model) => {
  it.each<[string, object]>([
    [
      'a conversation that begins with the assistant',
      { messages: [{ role: 'assistant', content: 'Hello!' }, ...HI] },
    ],
    [
      'empty results of tools',
      {
        messages: [
          ...HI,
          called('c1'),
          { role: 'tool', tool_call_id: 'c1', content: '' },
          called('c2'),
          { role: 'tool', tool_call_id: 'c2', content: [] },
        ],
        tools: [functionTool('get_time')],
      },
    ],
    [
      'reasoning of two megabytes in an earlier turn',
      {
        messages: [
          ...HI,
          { role: 'assistant', content: 'Hello.', reasoning_content: 'farthing '.repeat(230_000) },
          ...HI,
        ],
        max_tokens: 16,
      },
    ],
    [
      'reasoning of two megabytes in a turn that called tools',
      {
        messages: [
          ...HI,
          { ...called('c1'), reasoning_content: 'farthing '.repeat(230_000) },
          { role: 'tool', tool_call_id: 'c1', content: 'noon' },
        ],
        tools: [functionTool('get_time')],
        max_tokens: 16,
      },
    ],
    [
      'turns without a word, and of white space alone',
      {
        messages: [
          ...HI,
          { role: 'assistant', content: '' },
          ...HI,
          { role: 'assistant', content: null },
          {
            role: 'user',
            content: [
              { type: 'text', text: ' ' },
              ...HI.map(({ content }) => ({ type: 'text', text: content })),
            ],
          },
          { ...called('c1'), content: '\n\n' },
          { role: 'tool', tool_call_id: 'c1', content: ' ' },
        ],
        tools: [functionTool('get_time')],
      },
    ],
    [
      'turns as they came from others: lists of no calls, refusals, reasoning by another name',
      {
        messages: [
          { ...HI[0], name: 'Ada Lovelace' },
          { role: 'assistant', content: 'Hello.', tool_calls: [], reasoning: 'A greeting.' },
          ...HI,
          { role: 'assistant', content: null, refusal: 'No more greetings.', annotations: [] },
          ...HI,
          { role: 'assistant', content: [{ type: 'refusal', refusal: 'None at all.' }] },
          ...HI,
          { role: 'assistant' },
          ...HI,
        ],
      },
    ],
    [
      'arguments that are no JSON, or nothing',
      {
        messages: [
          ...HI,
          {
            role: 'assistant',
            content: null,
            tool_calls: ['', '{"city":'].map((text, n) => ({
              id: `c${n}`,
              type: 'function',
              function: { name: 'get_time', arguments: text },
            })),
          },
          { role: 'tool', tool_call_id: 'c0', content: 'noon' },
          { role: 'tool', tool_call_id: 'c1', content: 'no such city' },
        ],
        tools: [functionTool('get_time')],
      },
    ],
    [
      'instructions alone, with a user who says nothing',
      {
        messages: [
          { role: 'system', content: 'Greet.' },
          { role: 'user', content: '' },
        ],
      },
    ],
    [
      'mixed languages and pairs of surrogates',
      { messages: [{ role: 'user', content: '你好 مرحبا नमस्ते 👩‍👩‍👧 \u{1F468}\u200D' }] },
    ],
    ['a schema with a loop', withParameters(loop)],
    ['tools that take nothing, or say nothing of it', { tools: ROOTLESS.map(toolOf) }],
    ['tools that take one of several objects', { tools: FORKED.map(toolOf) }],
    ['a schema of a megabyte', withParameters(huge)],
    [
      'a question of two megabytes',
      { messages: [{ role: 'user', content: 'farthing '.repeat(230_000) }], max_tokens: 16 },
    ],
  ])('serves %s', async (_, fields) => {
    const { status, text } = await askModel(gateway, model, fields)
    expect([status, status === 200 ? '' : text]).toEqual([200, ''])
    await expectNothingHeld()
  })

  it('with the assistant’s turn last is served where the model can go on, and else told so', async () => {
    const { status, text, sent } = await askModel(gateway, model, {
      messages: [...HI, { role: 'assistant', content: 'Hello' }],
    })
    if (model.startsWith('openai/')) expect([status, sent.length]).toEqual([200, 1])
    else {
      expect([status, sent]).toEqual([400, []])
      expect(JSON.parse(text).error).toMatchObject({
        code: 'no_eligible_route',
        message: expect.stringMatching(/a conversation that ends with the assistant/),
      })
    }
    await expectNothingHeld()
  })

  it.each<[string, object, string]>([
    [
      'an answer to no call',
      { messages: [...HI, { role: 'tool', tool_call_id: 'c9', content: 'x' }] },
      'messages[1].tool_call_id',
    ],
    ['a call without an answer', { messages: [...HI, called('c1'), ...HI] }, 'messages[1].tool_calls'],
    [
      'an image that is none',
      {
        messages: [
          { role: 'user', content: [imageOf('data:image/png;base64,bm90IGFuIGltYWdlLCBidXQgdGV4dA==')] },
        ],
      },
      'messages[0].content[0].image_url.url',
    ],
    [
      'an image without base64',
      { messages: [{ role: 'user', content: [imageOf('data:image/svg+xml,%3Csvg%2F%3E')] }] },
      'messages[0].content[0].image_url.url',
    ],
    [
      'a second answer to the same call',
      {
        messages: [
          ...HI,
          called('c1'),
          { role: 'tool', tool_call_id: 'c1', content: 'noon' },
          { role: 'tool', tool_call_id: 'c1', content: 'midnight' },
        ],
      },
      'messages[3].tool_call_id',
    ],
    ['two tools of one name', { tools: [functionTool('a'), functionTool('a')] }, 'tools[1].function.name'],
  ])('is sent nothing of %s', async (_, fields, param) => {
    const { status, text, sent } = await askModel(gateway, model, fields)
    expect({ status, sent, error: JSON.parse(text).error }).toMatchObject({
      status: 400,
      sent: [],
      error: { param, code: 'invalid_request_error' },
    })
    await expectNothingHeld()
  })
})

it('what others say of a turn reaches OpenAI as far as it takes it, and the rest is named', async () => {
  const { status, sent, dropped } = await askModel(gateway, 'openai/gpt-4o', {
    messages: [
      { ...HI[0], name: 'Ada Lovelace' },
      { role: 'assistant', content: null, refusal: 'No.', tool_calls: [], reasoning: 'Hm.' },
      ...HI,
    ],
  })
  expect([status, dropped]).toEqual([200, ['messages.reasoning']])
  expect(sent[0]?.body['messages']).toEqual([
    { ...HI[0], name: 'Ada_Lovelace' },
    { role: 'assistant', content: null, refusal: 'No.' },
    ...HI,
  ])
})

it.each([...PINS, 'openai/gpt-6-astra'])('%s: a stop of nothing is none', async (model) => {
  for (const stop of [[], '', [''], null]) {
    const asked = await askModel(gateway, model, { stop })
    expect([asked.status, asked.dropped]).toEqual([200, []])
    expect(asked.sent[0]?.body).not.toHaveProperty(model.startsWith('anthropic') ? 'stop_sequences' : 'stop')
  }
  const asked = await askModel(gateway, model, { stop: ['', 'END'] })
  if (model === 'openai/gpt-6-astra') expect([asked.status, asked.sent]).toEqual([400, []])
  else
    expect(asked.sent[0]?.body).toMatchObject(
      model.startsWith('anthropic') ? { stop_sequences: ['END'] } : { stop: ['END'] },
    )
})

async function claudesUser(user: string): Promise<unknown> {
  const asked = await askModel(gateway, 'anthropic/claude-haiku-5-5', { user })
  expect([asked.status, asked.dropped]).toEqual([200, []])
  return asked.sent[0]?.body['metadata']
}

it('who can be told by a name is told to Claude by a digest, the same one each time', async () => {
  const digest = { user_id: expect.stringMatching(/^[0-9a-f]{64}$/) }
  expect(await claudesUser('u-1')).toEqual({ user_id: 'u-1' })
  expect(await claudesUser('ada@example.com')).toEqual(digest)
  expect(await claudesUser('ada@example.com')).toEqual(await claudesUser('ada@example.com'))
  expect(await claudesUser('+441234567890')).toEqual(digest)
  expect(await claudesUser('x'.repeat(1000))).toEqual(digest)
})

it.each(['openai/gpt-4o', 'openai/gpt-6-luna', 'anthropic/claude-haiku-5-5'])(
  '%s is told less of what a tool takes than was asked, and the client of that',
  async (model) => {
    const loose = await askModel(gateway, model, { tools: FORKED.map(toolOf) })
    expect([loose.status, loose.dropped]).toEqual([200, ['tools.parameters']])
    const exact = await askModel(gateway, model, { tools: ROOTLESS.map(toolOf) })
    expect([exact.status, exact.dropped]).toEqual([200, []])
  },
)

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

it.each([
  ['openai/gpt-4o', {}, false],
  ['openai/gpt-5-mini', {}, false],
  ['openai/gpt-6-luna', { reasoning_effort: 'none' }, false],
  // Through the Responses API, which has a place for them.
  ['openai/gpt-6-luna', { reasoning_effort: 'low' }, true],
  ['anthropic/claude-haiku-5-5', {}, true],
  ['alibaba/qwen3.8-flash', {}, true],
])(
  '%s, %j: an image in the result of a tool is seen, or the route told to take none',
  async (model, fields, isTaken) => {
    const asked = await askModel(gateway, model, {
      ...fields,
      messages: [
        ...HI,
        called('c1'),
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'See:' }, imageOf(PIXEL)] },
      ],
      tools: [functionTool('get_time')],
    })
    expect([asked.status, asked.dropped]).toEqual([isTaken ? 200 : 400, []])
    if (isTaken) expect(JSON.stringify(asked.sent[0]?.body)).toContain(PIXEL.slice(-60))
    else
      expect([asked.sent, asked.text]).toEqual([
        [],
        expect.stringMatching(/lacks images and files in results of tools/),
      ])
  },
)

it.each([
  ['openai/gpt-4o', {}],
  ['openai/gpt-6-luna', { tools: [functionTool('get_time')], reasoning_effort: 'low' }],
])('%s, %j: parameters of others are left out, and named', async (model, fields) => {
  const others = { enable_search: false, min_p: 0.1, chat_template_kwargs: { a: 1 }, extra_body: {} }
  const asked = await askModel(gateway, model, { ...fields, ...others })
  expect([asked.status, asked.dropped.toSorted()]).toEqual([200, Object.keys(others).toSorted()])
  for (const name of Object.keys(others)) expect(asked.sent[0]?.body).not.toHaveProperty(name)
})

it('a choice without a message is no answer', async () => {
  const body = { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0 }] }
  gateway.fleet.providers.deepseek.faults.push({ kind: 'status', status: 200, body })
  const asked = await askModel(gateway, 'deepseek/deepseek-flash')
  expect([asked.status, asked.body.error?.code]).toEqual([502, 'upstream_error'])
})

it('a refusal is a text like any other where nobody knows of refusals', async () => {
  for (const model of ['deepseek/deepseek-flash', 'alibaba/qwen3.8-flash', 'moonshot/kimi-k3']) {
    const { status, sent } = await askModel(gateway, model, {
      messages: [...HI, { role: 'assistant', content: null, refusal: 'No.' }, ...HI],
    })
    expect(status).toBe(200)
    expect(sent[0]?.body['messages']).toEqual([...HI, { role: 'assistant', content: 'No.' }, ...HI])
  }
})

it('half of a surrogate pair is told where it stands, and goes nowhere', async () => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: '{"model":"auto","messages":[{"role":"user","content":"cut \\ud83d"}]}',
  })
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringMatching(/half of a surrogate pair.* at byte 58/),
  ])
})

it('reasoning of two megabytes from a provider reaches the client whole; it is too long to be kept, and not missed', async () => {
  const reasoning = 'A long thought. '.repeat(130_000)
  const calls = [{ id: 'call_00_long', type: 'function', function: { name: 'get_time', arguments: '{}' } }]
  const usage = { prompt_tokens: 10, completion_tokens: 500_000, total_tokens: 500_010 }
  const message = { role: 'assistant', content: '', reasoning_content: reasoning, tool_calls: calls }
  const choices = [{ index: 0, message, finish_reason: 'tool_calls' }]
  const body = { id: 'x', object: 'chat.completion', created: 1, model: 'deepseek-flash', choices, usage }
  gateway.fleet.providers.deepseek.faults.push({ kind: 'status', status: 200, body })
  const tools = [functionTool('get_time')]
  const asked = await askModel(gateway, 'deepseek/deepseek-flash', { tools })
  expect(asked.body.choices?.[0]?.message.reasoning_content).toHaveLength(reasoning.length)
  const result = { role: 'tool', tool_call_id: 'call_00_long', content: 'noon' }
  const next = await askModel(gateway, 'deepseek/deepseek-flash', {
    messages: [...HI, { role: 'assistant', content: null, tool_calls: calls }, result],
    tools,
  })
  expect([next.status, next.sent.length]).toEqual([200, 1])
  expect(JSON.stringify(next.sent[0]?.body)).toContain('"reasoning_content":""')
  await expectNothingHeld()
})

it('an image of another kind than it says is what it is for Claude, and broken data the provider’s to refuse', async () => {
  const gif = Buffer.from('GIF89a and more than twelve bytes').toString('base64')
  for (const type of ['image/png', 'image/jpg', 'image/gif']) {
    const { status, sent } = await askModel(
      gateway,
      'anthropic/claude-haiku-5-5',
      shown(`data:${type};base64,${gif}`),
    )
    expect(status).toBe(200)
    expect(JSON.stringify(sent[0]?.body)).toContain('"media_type":"image/gif"')
  }
  gateway.fleet.providers.openai.faults.push({ kind: 'bad_request' })
  const asked = await askModel(gateway, 'openai/gpt-6-luna', shown(`data:image/gif;base64,${gif}`))
  expect([asked.status, asked.sent.length]).toEqual([400, 1])
  expect((await gateway.settled(asked.headers.get('x-request-id') ?? '')).cost_usd).toBe(0)
  await expectNothingHeld()
})
