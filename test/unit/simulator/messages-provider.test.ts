// Anthropic's wire on a real socket.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { listOf, objectOf, textOf } from '../../../src/simulator/json-value.ts'
import { type SimulatedProvider, startSimulatedProvider } from '../../../src/simulator/provider-server.ts'
import { haiku, sonnet, sonnet45 } from './sample-models.ts'

let simulated: SimulatedProvider
beforeAll(async () => {
  const models = [haiku, sonnet, sonnet45]
  simulated = await startSimulatedProvider({ provider: 'anthropic', models, clock: systemClock })
})
afterAll(() => simulated.close())

const HELLO = { model: haiku.id, max_tokens: 500, messages: [{ role: 'user', content: 'Hello in 12 words' }] }
const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  name,
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
}))

function post(body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${simulated.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': simulated.apiKey,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  })
}

/** The value at a path like `usage.input_tokens` of parsed JSON. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => objectOf(inner)[name], value)
}

async function answerOf(body: object): Promise<unknown> {
  return (await post(body)).json()
}

function systemText(text: string, ttl?: string): object[] {
  const mark = { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) }
  return [{ type: 'text', text: text.repeat(400), cache_control: mark }]
}

async function events(body: object): Promise<unknown[]> {
  const text = await (await post({ ...body, stream: true })).text()
  return text
    .trimEnd()
    .split('\n\n')
    .map((event) => {
      const [name, data] = event.split('\n')
      const parsed: unknown = JSON.parse(data?.slice('data: '.length) ?? '')
      expect(name).toBe(`event: ${String(at(parsed, 'type'))}`)
      return parsed
    })
}

const thoughtTurn = async (model: string, thinking: object): Promise<object> => {
  const asked = {
    ...HELLO,
    model,
    tools: TOOLS,
    messages: [{ role: 'user', content: 'Use the tool get_time.' }],
  }
  const answer = await answerOf({ ...asked, thinking })
  const content = listOf(at(answer, 'content'))
  const results = content.flatMap((block) =>
    at(block, 'type') === 'tool_use'
      ? [{ type: 'tool_result', tool_use_id: at(block, 'id'), content: 'noon' }]
      : [],
  )
  return {
    ...asked,
    messages: [...asked.messages, { role: 'assistant', content }, { role: 'user', content: results }],
  }
}

describe('anthropic', () => {
  it('answers in content blocks with usage beside the cache classes', async () => {
    const answer = await answerOf({ ...HELLO, thinking: { type: 'disabled' } })
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' })
    const [block, ...others] = listOf(at(answer, 'content'))
    expect(others).toEqual([])
    expect(textOf(at(block, 'text')).split(' ')).toHaveLength(12)
    const entry = simulated.books.entries.at(-1)
    expect(at(answer, 'usage.output_tokens')).toBe(entry?.usage.output)
    expect(at(answer, 'usage.input_tokens')).toBe(entry?.usage.input)
  })

  it('streams thinking, text and cumulative usage, without [DONE]', async () => {
    const list = await events({ ...HELLO, thinking: { type: 'adaptive', display: 'summarized' } })
    expect(at(list[0], 'message.usage.output_tokens')).toBe(1)
    const closing = list.at(-2)
    const usage = simulated.books.entries.at(-1)?.usage
    expect(at(closing, 'type')).toBe('message_delta')
    expect(at(closing, 'usage.output_tokens')).toBe(usage?.output)
    expect(at(closing, 'usage.output_tokens_details.thinking_tokens')).toBe(usage?.reasoning)
    expect(usage?.reasoning).toBeGreaterThan(0)
    expect(list.at(-1)).toEqual({ type: 'message_stop' })
    const deltas = list.map((event) => at(event, 'delta.type')).filter((type) => type !== undefined)
    expect(new Set(deltas)).toEqual(new Set(['thinking_delta', 'signature_delta', 'text_delta']))
  })

  it('calls two tools in two blocks', async () => {
    const request = { ...HELLO, tools: TOOLS, messages: [{ role: 'user', content: 'Use both tools.' }] }
    const answer = await answerOf(request)
    expect(at(answer, 'stop_reason')).toBe('tool_use')
    const used = listOf(at(answer, 'content')).filter((block) => at(block, 'type') === 'tool_use')
    expect(used.map((block) => [at(block, 'name'), at(block, 'input')])).toEqual([
      ['get_weather', { city: 'sample' }],
      ['get_time', { city: 'sample' }],
    ])
    const parts = (await events(request)).filter((event) => at(event, 'delta.type') === 'input_json_delta')
    const second = parts.filter((part) => at(part, 'index') === at(parts.at(-1), 'index'))
    const json = second.map((part) => textOf(at(part, 'delta.partial_json'))).join('')
    expect(JSON.parse(json)).toEqual({ city: 'sample' })
  })

  it('writes a marked prefix once, at the price of its lifetime, then reads it', async () => {
    const short = { ...HELLO, system: systemText('A rule of the house. ') }
    const written = at(await answerOf(short), 'usage.cache_creation.ephemeral_5m_input_tokens')
    expect(written).toBeGreaterThan(1000)
    expect(at(await answerOf(short), 'usage')).toMatchObject({
      cache_read_input_tokens: written,
      cache_creation_input_tokens: 0,
    })
    const long = await answerOf({ ...HELLO, system: systemText('Another rule. ', '1h') })
    const writtenLong = at(long, 'usage.cache_creation.ephemeral_1h_input_tokens')
    expect(writtenLong).toBeGreaterThan(500)
    expect(simulated.books.entries.at(-1)?.usage.cacheWriteLong).toBe(writtenLong)
  })

  it('hands out thinking under a seal, with its text only where that is asked for', async () => {
    const hidden = await answerOf({ ...HELLO, thinking: { type: 'adaptive' } })
    const [sealed] = listOf(at(hidden, 'content'))
    expect(sealed).toMatchObject({ type: 'thinking', thinking: '' })
    expect(textOf(at(sealed, 'signature')).length).toBeGreaterThan(32)
    const shown = await answerOf({ ...HELLO, thinking: { type: 'adaptive', display: 'summarized' } })
    expect(textOf(at(listOf(at(shown, 'content'))[0], 'thinking')).length).toBeGreaterThan(50)
  })

  it('takes thinking back unaltered, from the model that wrote it, and misses none', async () => {
    const adaptive = { type: 'adaptive', display: 'summarized' }
    const turn = await thoughtTurn(haiku.id, adaptive)
    expect((await post({ ...turn, thinking: adaptive })).status).toBe(200)
    const refused = async (body: object): Promise<string> => {
      const response = await post(body)
      expect(response.status).toBe(400)
      return textOf(at(await response.json(), 'error.message'))
    }
    const text = JSON.stringify(turn)
    const altered: object = JSON.parse(text.replace('"thinking":"a', '"thinking":"b'))
    expect(await refused(altered)).toBe('messages.1.content.0: Invalid `signature` in `thinking` block')
    const elsewhere: object = JSON.parse(text.replace(`"${haiku.id}"`, `"${sonnet.id}"`))
    expect(await refused(elsewhere)).toContain('Invalid `signature`')
    expect(await refused({ ...turn, thinking: { type: 'disabled' } })).toContain(
      'When `thinking` is disabled, an `assistant` message in the final position cannot contain `thinking`',
    )
    const without: object = JSON.parse(text.replace(/\{"type":"thinking"[^}]*\},/, ''))
    expect((await post({ ...without, thinking: adaptive })).status).toBe(200)
    const manual = { ...without, model: sonnet.id, thinking: { type: 'enabled', budget_tokens: 1024 } }
    expect(await refused({ ...manual, max_tokens: 2048 })).toContain(
      'Expected `thinking` or `redacted_thinking`, but found `tool_use`',
    )
  })

  it.each([
    ['a budget on a model that has none', haiku, { thinking: { type: 'enabled', budget_tokens: 2048 } }],
    ['adaptive thinking before it was there', sonnet45, { thinking: { type: 'adaptive' } }],
    ['an effort before it was there', sonnet45, { output_config: { effort: 'high' } }],
    ['an effort that it does not know', haiku, { output_config: { effort: 'none' } }],
    ['a budget too small', sonnet, { thinking: { type: 'enabled', budget_tokens: 5 } }],
    ['a budget above the cap', sonnet, { thinking: { type: 'enabled', budget_tokens: 200_000 } }],
  ])('refuses %s', async (_name, { id: model }, change) => {
    expect((await post({ ...HELLO, model, ...change })).status).toBe(400)
  })

  it.each([
    ['no max_tokens', { max_tokens: undefined }, /max_tokens/],
    ['a temperature', { temperature: 0.5 }, /temperature/],
    ['a field of the gateway', { routing: {} }, /Extra inputs/],
    ['a field of another vendor', { stream_options: {} }, /Extra inputs/],
    ['a system role', { messages: [{ role: 'system', content: 'x' }] }, /role/],
    [
      'a prefill',
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'assistant', content: 'y' },
        ],
      },
      /prefill/,
    ],
  ])('refuses %s', async (_name, change, message) => {
    const response = await post({ ...HELLO, ...change })
    expect(response.status).toBe(400)
    const body: unknown = await response.json()
    expect(body).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } })
    expect(at(body, 'error.message')).toMatch(message)
  })

  it('refuses a wrong key, a missing version and a wrong model', async () => {
    expect((await post(HELLO, { 'x-api-key': 'wrong' })).status).toBe(401)
    expect((await post(HELLO, { 'anthropic-version': '1999-01-01' })).status).toBe(400)
    expect((await post({ ...HELLO, model: 'claude-2' })).status).toBe(404)
  })
})
