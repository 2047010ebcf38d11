// Quirks of what providers take: each request is spoken in the provider's dialect, or its route is not eligible. The
// numbers are those of docs/providers.md.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Asked, askModel, functionTool, HI } from '../../support/ask-model.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const ask = (model: string, fields: object = {}): Promise<Asked> => askModel(gateway, model, fields)
const received = ({ sent }: Asked) => sent.at(-1)?.body ?? {}
const tools = [functionTool('get_weather'), functionTool('get_time')]
const schema = {
  type: 'json_schema',
  json_schema: { name: 'a', schema: { type: 'object', properties: { a: { type: 'string' } } } },
}

const markedPart = (cache_control: object) => ({ type: 'text', text: 'Hi', cache_control })

async function expectIneligible(asked: Promise<Asked>, lacks: RegExp): Promise<void> {
  const { status, body, sent } = await asked
  expect({ status, code: body.error?.code, sent }).toEqual({
    status: 400,
    code: 'no_eligible_route',
    sent: [],
  })
  expect(body.error?.message).toMatch(lacks)
}

it('quirk 1: tools with reasoning go to OpenAI’s other endpoint, tools without to Chat Completions', async () => {
  const reasoned = await ask('openai/gpt-6-luna', { tools, reasoning_effort: 'high' })
  expect([reasoned.status, reasoned.sent.map(({ path }) => path)]).toEqual([200, ['/v1/responses']])
  const plain = await ask('openai/gpt-6-luna', { tools, reasoning_effort: 'none' })
  expect([plain.status, plain.sent.map(({ path }) => path)]).toEqual([200, ['/v1/chat/completions']])
  expect(received(plain)['reasoning_effort']).toBe('none')
  expect((await ask('openai/gpt-6-astra', { tools })).status).toBe(200)
})

it('quirk 2: the output cap goes by the name that the provider knows, whichever the client used', async () => {
  for (const cap of ['max_tokens', 'max_completion_tokens'])
    for (const [model, name] of [
      ['openai/gpt-6-luna', 'max_completion_tokens'],
      ['moonshot/kimi-k3', 'max_completion_tokens'],
      ['deepseek/deepseek-flash', 'max_tokens'],
      ['alibaba/qwen3.8-flash', 'max_tokens'],
      ['anthropic/claude-haiku-5-5', 'max_tokens'],
    ] as const) {
      const asked = await ask(model, { [cap]: 20 })
      expect(asked.status).toBe(200)
      expect(Object.entries(received(asked)).filter(([key]) => key.startsWith('max_'))).toEqual([[name, 20]])
    }
})

it('quirk 3: an effort is said in the model’s own word, or left out and told', async () => {
  const words = [
    ['openai/gpt-5.5', 'minimal', 'low'],
    ['openai/gpt-5.5', 'max', 'xhigh'],
    ['openai/gpt-5-mini', 'minimal', 'minimal'],
    ['openai/gpt-6-luna', 'max', 'max'],
    ['deepseek/deepseek-flash', 'max', 'max'],
    ['deepseek/deepseek-v4-pro', 'low', 'high'],
    ['moonshot/kimi-k3', 'medium', 'high'],
  ] as const
  for (const [model, effort, word] of words) {
    const asked = await ask(model, { reasoning_effort: effort })
    expect([model, asked.status, received(asked)['reasoning_effort']]).toEqual([model, 200, word])
  }
  const without = await ask('openai/gpt-6-astra', { reasoning_effort: 'none' })
  expect([without.status, without.dropped]).toEqual([200, ['reasoning_effort']])
  await expectIneligible(
    ask('openai/gpt-6-astra', { reasoning_effort: 'none', routing: { strict: true } }),
    /the hint reasoning_effort/,
  )
})

it('quirk 4: sampling parameters that a model refuses are left out and told, or refused with routing.strict', async () => {
  const sampling = { temperature: 0.2, top_p: 0.9, presence_penalty: 0.5 }
  for (const model of ['openai/gpt-6-luna', 'anthropic/claude-haiku-5-5', 'moonshot/kimi-k3']) {
    const { status, dropped } = await ask(model, sampling)
    expect([status, dropped]).toEqual([200, Object.keys(sampling)])
    await expectIneligible(ask(model, { ...sampling, routing: { strict: true } }), /the hint temperature/)
  }
  const taken = await ask('openai/gpt-4o', { ...sampling, routing: { strict: true } })
  expect([taken.status, taken.dropped, received(taken)]).toMatchObject([200, [], sampling])
})

it('quirk 5: Kimi is told no temperature at all, thinking or not', async () => {
  for (const effort of ['none', 'high'])
    for (const temperature of [0.6, 1]) {
      const asked = await ask('moonshot/kimi-k2.6', { reasoning_effort: effort, temperature })
      expect(asked.status).toBe(200)
      expect(received(asked)).not.toHaveProperty('temperature')
      expect(asked.dropped).toContain('temperature')
    }
})

it('quirk 17: a JSON schema does not go to DeepSeek', () =>
  expectIneligible(ask('deepseek/deepseek-flash', { response_format: schema }), /json_schema/))

it('quirk 18: a text-only model gets text for a list of text, and no images', async () => {
  const content = [
    { type: 'text', text: 'Say hello' },
    { type: 'text', text: 'in 12 words.' },
  ]
  for (const model of ['deepseek/deepseek-v4-pro', 'alibaba/qwen-plus', 'alibaba/qwen3.7-max']) {
    const asked = await ask(model, { messages: [{ role: 'user', content }] })
    expect(asked.status).toBe(200)
    expect(received(asked)['messages']).toEqual([{ role: 'user', content: 'Say hello\nin 12 words.' }])
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
    await expectIneligible(ask(model, { messages: [{ role: 'user', content: [image] }] }), /images/)
  }
})

it('quirk 19: the role developer is told only to OpenAI', async () => {
  const messages = [{ role: 'developer', content: 'Be brief.' }, ...HI]
  for (const model of ['deepseek/deepseek-flash', 'alibaba/qwen3.8-flash', 'moonshot/kimi-k3'])
    expect(received(await ask(model, { messages }))['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      ...HI,
    ])
  expect(received(await ask('openai/gpt-6-luna', { messages }))['messages']).toEqual(messages)
})

it('quirk 20: for a forced tool choice thinking is switched off, and the tier is that of the route without', async () => {
  const forced = { tools, tool_choice: { type: 'function', function: { name: 'get_time' } } }
  const deepseek = await ask('deepseek/deepseek-flash', forced)
  expect([deepseek.status, deepseek.headers.get('x-farthing-tier')]).toEqual([200, 'economy'])
  expect(received(deepseek)['thinking']).toEqual({ type: 'disabled' })
  const qwen = await ask('alibaba/qwen3.8-max', { ...forced, tool_choice: 'required' })
  expect([qwen.status, qwen.headers.get('x-farthing-tier')]).toEqual([200, 'economy'])
  expect(received(qwen)['enable_thinking']).toBe(false)
  await expectIneligible(ask('moonshot/kimi-k3', forced), /named function/)
  expect((await ask('moonshot/kimi-k3', { ...forced, tool_choice: 'required' })).status).toBe(200)
})

it('quirk 21: Qwen thinks on a stream only, and a client without one gets the answer whole', async () => {
  for (const model of ['alibaba/qwen3.8-flash', 'alibaba/qwen3.8-omni-flash']) {
    const asked = await ask(model)
    const [choice] = asked.body.choices ?? []
    expect([asked.status, received(asked)['stream'], choice?.finish_reason]).toEqual([200, true, 'stop'])
    expect(choice?.message.content?.split(' ')).toHaveLength(12)
    expect(choice?.message.reasoning_content?.length).toBeGreaterThan(20)
    expect(asked.body.usage?.cost_details.source).toBe('provider')
    expect(asked.body.usage?.completion_tokens).toBe(
      gateway.fleet.providers.alibaba.books.entries.at(-1)?.usage.output,
    )
  }
  const called = await ask('alibaba/qwen3.8-flash', {
    tools,
    messages: [{ role: 'user', content: 'Use both tools.' }],
  })
  expect(called.body.choices?.[0]?.message.tool_calls?.map((call) => call.function)).toEqual([
    { name: 'get_weather', arguments: '{"city":"sample"}' },
    { name: 'get_time', arguments: '{"city":"sample"}' },
  ])
})

it('quirk 22: JSON mode has the word json, and older Qwen models are asked without thinking', async () => {
  const format = { response_format: { type: 'json_object' } }
  for (const model of ['alibaba/qwen3.8-flash', 'deepseek/deepseek-flash', 'openai/gpt-6-luna']) {
    const asked = await ask(model, format)
    expect(asked.status).toBe(200)
    expect(received(asked)['messages']).toEqual([{ role: 'system', content: 'Answer in JSON.' }, ...HI])
    expect(JSON.parse(asked.body.choices?.[0]?.message.content ?? '')).toHaveProperty('answer')
  }
  const older = await ask('alibaba/qwen3.6-plus', format)
  expect([older.status, received(older)['enable_thinking']]).toEqual([200, false])
})

it('quirk 34: audio goes to Qwen’s omni models as a data URL, and a spoken answer is always streamed', async () => {
  const content = [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }]
  const asked = await ask('alibaba/qwen3.8-omni-flash', { messages: [{ role: 'user', content }] })
  expect(asked.status).toBe(200)
  expect(JSON.stringify(received(asked)['messages'])).toContain('data:;base64,UklGRg==')
  expect(received(asked)['stream']).toBe(true)
  await expectIneligible(ask('openai/gpt-6-luna', { messages: [{ role: 'user', content }] }), /audio/)
})

it('quirk 36: names that vendors have stopped serving are answered by a model that is sold, or named as gone', async () => {
  for (const model of ['deepseek-chat', 'qwen-max', 'moonshot-v1-128k', 'gpt-4-turbo']) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: HI }),
    })
    expect([model, response.status]).toEqual([model, 200])
    await response.text()
  }
  const { status, body } = await ask('openai/gpt-4-turbo')
  expect([status, body.error?.code]).toEqual([404, 'model_not_found'])
})

it('quirk 39: no output cap is sent that the client did not set, since Kimi counts it as used', async () => {
  const asked = await ask('moonshot/kimi-k3.1-pro')
  expect(Object.keys(received(asked)).filter((name) => name.startsWith('max_'))).toEqual([])
})

describe('besides', () => {
  it('a tool has its own name for the client, whatever the provider has to be told', async () => {
    const long = 'a_long_name_'.repeat(11)
    for (const [model, name, effort] of [
      ['alibaba/qwen-plus', 'search', undefined],
      ['moonshot/kimi-k3', 'ls', undefined],
      ['deepseek/deepseek-flash', 'files.read', undefined],
      ['openai/gpt-6-luna', 'files.read', 'none'],
      ['openai/gpt-6-luna', 'files.read', 'low'],
      ['openai/gpt-6-luna', long, 'low'],
      ['anthropic/claude-haiku-5-5', 'files.read', undefined],
      ['anthropic/claude-haiku-5-5', long, undefined],
    ] as const)
      for (const stream of [false, true]) {
        const called = { id: 'call_1', type: 'function', function: { name, arguments: '{}' } }
        const asked = await ask(model, {
          tools: [functionTool(name)],
          messages: [
            ...HI,
            { role: 'assistant', content: null, tool_calls: [called] },
            { role: 'tool', tool_call_id: 'call_1', content: 'done' },
            { role: 'user', content: 'Use the tool.' },
          ],
          reasoning_effort: effort,
          stream,
        })
        expect(asked.status).toBe(200)
        expect(JSON.stringify(received(asked))).not.toContain(`"${name}"`)
        expect(asked.text).toContain(`"name":"${name}"`)
      }
  })

  it('an image URL goes only where it is fetched, and marks for the cache only where they are taken', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]
    await expectIneligible(
      ask('moonshot/kimi-k3', { messages: [{ role: 'user', content }] }),
      /images by URL/,
    )
    const long = [{ type: 'image_url', image_url: { url: `https://example.com/${'a'.repeat(9000)}` } }]
    await expectIneligible(
      ask('deepseek/deepseek-flash', { messages: [{ role: 'user', content: long }] }),
      /length/,
    )
    const marked = [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }]
    const openai = await ask('openai/gpt-6-luna', { messages: [{ role: 'user', content: marked }] })
    expect([openai.status, openai.dropped]).toEqual([200, ['cache_control']])
  })

  it('Claude gets as many marks for the cache as it takes, and a long-lived one never after a short one', async () => {
    const marks = [{}, { ttl: '1h' }, {}, {}, { ttl: '1h' }].map((ttl) => ({ type: 'ephemeral', ...ttl }))
    const asked = await ask('anthropic/claude-haiku-5-5', {
      messages: [{ role: 'user', content: marks.map(markedPart) }],
    })
    expect([asked.status, asked.dropped]).toEqual([200, ['cache_control']])
    const few = await ask('anthropic/claude-haiku-5-5', {
      messages: [{ role: 'user', content: [markedPart({ type: 'ephemeral', ttl: '1h' })] }],
    })
    expect([few.status, few.dropped]).toEqual([200, []])
    expect(JSON.stringify(received(few)['messages'])).toContain('"ttl":"1h"')
  })

  it('an answer goes on from a given text where the provider can', async () => {
    const messages = [...HI, { role: 'assistant', content: 'Hello', prefix: true }]
    const deepseek = await ask('deepseek/deepseek-flash', { messages })
    expect([deepseek.status, deepseek.sent[0]?.path]).toEqual([200, '/beta/chat/completions'])
    expect((await ask('moonshot/kimi-k3', { messages })).status).toBe(200)
    expect((await ask('alibaba/qwen-plus', { messages })).status).toBe(200)
    await expectIneligible(ask('openai/gpt-6-luna', { messages }), /going on from a given text/)
    await expectIneligible(ask('anthropic/claude-haiku-5-5', { messages }), /going on from a given text/)
  })
})
