// What was used, in disjoint classes, where a provider says less than all of it.

import { describe, expect, it } from 'vitest'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'
import { readClaudeUsage } from '../../../src/providers/anthropic/usage.ts'
import { openai } from '../../../src/providers/openai.ts'
import { readResponsesUsage } from '../../../src/providers/openai-responses/usage.ts'
import { readWireUsage } from '../../../src/providers/wire-usage.ts'

const readers: readonly [string, (value: unknown) => unknown, string, string][] = [
  [
    'Chat Completions',
    (value) => readWireUsage(value, { cacheRead: [], cacheWrite: [] }),
    'prompt_tokens',
    'completion_tokens',
  ],
  ['Responses', readResponsesUsage, 'input_tokens', 'output_tokens'],
  ['Messages', (value) => readClaudeUsage(value), 'input_tokens', 'output_tokens'],
]

describe.each(readers)('half a report of %s', (_, read, input, output) => {
  it('is none: what was not reported is not zero', () => {
    expect(read({ [input]: 7 })).toBeUndefined()
    expect(read({ [output]: 7 })).toBeUndefined()
    expect(read({ [input]: 7, [output]: null })).toBeUndefined()
    expect(read({ [input]: 7, [output]: 0 })).toMatchObject({ freshInput: 7, output: 0 })
  })

  it.each([-1, 1.5, '7', 1e15, Number.MAX_SAFE_INTEGER])('and so is a count of %s', (wrong) => {
    expect(read({ [input]: wrong, [output]: 7 })).toBeUndefined()
    expect(read({ [input]: 7, [output]: wrong })).toBeUndefined()
  })
})

it('a later event of Claude’s may have the other half alone', () => {
  const before = readClaudeUsage({ input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 5 })
  expect(readClaudeUsage({ output_tokens: 9 }, before)).toMatchObject({
    freshInput: 7,
    cacheRead: 5,
    output: 9,
  })
})

const marked = (ttl: string) => [
  { role: 'user', content: [{ type: 'text', text: 'Hi', prompt_cache_breakpoint: { ttl } }] },
]

describe('what OpenAI wrote to its cache', () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 1,
    prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 80 },
  }
  const chunk = { choices: [{ index: 0, delta: { content: 'x' }, finish_reason: 'stop' }], usage }
  const message = { role: 'assistant', content: 'x' }
  const answer = Buffer.from(JSON.stringify({ ...chunk, choices: [{ index: 0, message }] }))
  const read = (body: object) => {
    const request = parseChatRequest(Buffer.from(JSON.stringify({ model: 'auto', ...body })), {})
    const stream = openai.readStream({ startedAtMs: 0, toolNames: new Map(), request })
    stream.read(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))
    const whole = openai.readResponse(answer, { startedAtMs: 0, request })
    expect(stream.usage).toEqual(whole.usage)
    return whole.usage
  }
  const messages = [{ role: 'user', content: 'Hi' }]

  it.each([[{ messages, prompt_cache_options: { ttl: '12h' } }], [{ messages: marked('12h') }]])(
    'for twelve hours is charged as such: %j',
    (body) => {
      expect(read(body)).toMatchObject({ freshInput: 10, cacheRead: 10, cacheWrite: 0, cacheWriteLong: 80 })
    },
  )

  it.each([
    [{ messages }],
    [{ messages, prompt_cache_options: { ttl: '30m' } }],
    [{ messages: marked('30m') }],
    [{ messages: [{ role: 'user', content: 'For "12h" or so.' }] }],
  ])('else for half an hour: %j', (body) => {
    expect(read(body)).toMatchObject({ freshInput: 10, cacheRead: 10, cacheWrite: 80, cacheWriteLong: 0 })
  })
})
