import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/core/errors.ts'
import type { ChatRequest } from '../../../src/openai/chat-request.ts'
import { parseChatRequest } from '../../../src/openai/parse-chat-request.ts'

const USER = { role: 'user', content: 'hello' }

const parse = (body: unknown, headers: Record<string, string> = {}): ChatRequest =>
  parseChatRequest(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), headers)

const complaint = (
  body: unknown,
  headers: Record<string, string> = {},
): { message: string; param: string | null } => {
  try {
    parse(body, headers)
  } catch (error) {
    if (error instanceof GatewayError && error.kind === 'invalid_request')
      return { message: error.message, param: error.param }
    throw error
  }
  throw new Error('was accepted')
}

const ANSWER = { role: 'assistant', content: 'It is' }
const tool = (name: string) => ({ type: 'function', function: { name } })
const named = (name: string) => ({ type: 'function', function: { name } })
const says = (content: unknown) => ({ role: 'user', content })
const calls = (...ids: string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })),
})
const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: '' })

const countTools = (fields: object): [number, boolean] => {
  const { toolCount, hasCustomTools } = parse({ model: 'auto', messages: [USER], ...fields }).features
  return [toolCount, hasCustomTools]
}

const hintsOf = (fields: object) =>
  Object.fromEntries(parse({ model: 'auto', messages: [USER], ...fields }).hints)

describe('parseChatRequest', () => {
  it('reads what routing needs to know', () => {
    const request = parse({
      model: 'auto',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 10,
      max_completion_tokens: 20,
      n: 2,
      reasoning_effort: 'high',
      tools: [{ type: 'function', function: { name: 'f' } }],
      tool_choice: 'required',
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {} } },
      logprobs: true,
      messages: [
        { role: 'developer', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } },
            { type: 'image_url', image_url: { detail: 'low', url: 'https://example.com/a.png' } },
            { type: 'video_url', video_url: { url: 'data:video/mp4;base64,AA' } },
            { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
            { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [] },
      ],
    })
    expect(request).toMatchObject({
      model: 'auto',
      isStream: true,
      wantsStreamUsage: true,
      maxOutputTokens: 20,
      choices: 2,
      reasoningEffort: 'high',
      features: {
        toolCount: 1,
        hasCustomTools: false,
        toolNames: ['f'],
        toolChoice: 'required',
        responseFormat: 'json_schema',
        imageCount: 1,
        imageUrlCount: 1,
        videoCount: 1,
        audioCount: 1,
        fileCount: 1,
        wantsLogprobs: true,
        longestImageUrl: 'https://example.com/a.png'.length,
        largestImage: 'data:image/png;base64,AA'.length,
        lastTurn: 'assistant',
      },
    })
    expect(request.messages.map((message) => [message.role, message.hasArrayContent])).toEqual([
      ['developer', false],
      ['user', true],
      ['assistant', false],
    ])
    const [first] = request.messages
    expect(request.raw.toString('utf8', first?.roleSpan.start, first?.roleSpan.end)).toBe('"developer"')
    expect(request.json()).toEqual(JSON.parse(request.raw.toString()))
  })

  it('sees tools that are no functions, and functions in their old form', () => {
    const plain = {
      type: 'function',
      function: { name: 'f', parameters: { properties: { type: { const: 'custom' } } } },
    }
    expect(countTools({ tools: [plain] })).toEqual([1, false])
    expect(countTools({ tools: [plain, { type: 'custom', custom: { name: 'g' } }] })).toEqual([2, true])
    expect(countTools({ functions: [{ name: 'f' }] })).toEqual([1, true])
    expect(countTools({ functions: [], tools: null })).toEqual([0, false])
  })

  it.each<[string, object, object]>([
    ['no choice', {}, { toolChoice: 'free' }],
    ['the only tool by name', { tools: [tool('f')], tool_choice: named('f') }, { toolChoice: 'required' }],
    ['one of two', { tools: [tool('f'), tool('g')], tool_choice: named('f') }, { toolChoice: 'named' }],
    [
      'allowed tools',
      {
        tools: [tool('f')],
        tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } },
      },
      { toolChoice: 'free' },
    ],
    [
      'a tool of the provider',
      { tools: [{ type: 'web_search' }] },
      { hasHostedTools: true, hasCustomTools: false },
    ],
    ['a search of the provider', { enable_search: true }, { hasHostedTools: true }],
    ['a mark on a tool', { tools: [{ ...tool('f'), cache_control: {} }] }, { hasToolCacheMark: true }],
    ['one stop', { stop: '\n' }, { stops: ['\n'] }],
    [
      'an upload',
      { messages: [says([{ type: 'file', file: { file_id: 'f-1' } }])] },
      { fileIdCount: 1, fileCount: 0 },
    ],
    ['a spoken answer', { modalities: ['text', 'audio'] }, { wantsAudioOutput: true, audioCount: 0 }],
    ['a text to go on from', { messages: [USER, { ...ANSWER, prefix: true }] }, { lastTurn: 'continued' }],
    [
      'the same in other words',
      { messages: [USER, { ...ANSWER, partial: true }] },
      { lastTurn: 'continued' },
    ],
    ['an answer at the end', { messages: [USER, { ...ANSWER, partial: false }] }, { lastTurn: 'assistant' }],
  ])('sees %s', (_, fields, features) => {
    expect(parse({ model: 'auto', messages: [USER], ...fields }).features).toMatchObject(features)
  })

  it('tells hints in one order, whatever the client sent first', () => {
    expect(Object.keys(hintsOf({ seed: 1, top_p: 0.5, temperature: 1 }))).toEqual([
      'temperature',
      'top_p',
      'seed',
    ])
  })

  it('keeps the hints that ask for something, and no others', () => {
    const asked = {
      temperature: 0,
      top_p: 1,
      seed: 0,
      user: 'u',
      metadata: { a: 'b' },
      verbosity: 'low',
      top_k: 3,
    }
    expect(hintsOf(asked)).toEqual(asked)
    const silent = {
      temperature: null,
      presence_penalty: 0,
      frequency_penalty: 0,
      store: false,
      user: '',
      metadata: {},
      logit_bias: {},
      service_tier: 'auto',
      verbosity: 'medium',
      parallel_tool_calls: false,
    }
    expect(hintsOf(silent)).toEqual({})
    expect(hintsOf({ parallel_tool_calls: false, tools: [tool('f')] })).toEqual({
      parallel_tool_calls: false,
    })
    expect(hintsOf({ parallel_tool_calls: true, tools: [tool('f')] })).toEqual({})
  })

  it.each<[object, string | null]>([
    [{ thinking: { type: 'disabled' } }, 'none'],
    [{ enable_thinking: false }, 'none'],
    [{ enable_thinking: false, reasoning_effort: 'none' }, 'none'],
    [{ enable_thinking: true }, null],
    [{ thinking: { type: 'enabled' } }, null],
  ])('reads the effort of %j', (fields, effort) => {
    const request = parse({ model: 'auto', messages: [USER], ...fields })
    expect(request.reasoningEffort).toBe(effort)
    expect(request.hints.size).toBe(effort === null ? 1 : 0)
  })

  it('takes null for absent, as OpenAI does', () => {
    const request = parse({
      model: 'auto',
      messages: [USER],
      stream: null,
      max_tokens: null,
      n: null,
      tools: null,
      reasoning_effort: null,
    })
    expect(request).toMatchObject({
      isStream: false,
      maxOutputTokens: null,
      choices: 1,
      reasoningEffort: null,
      features: { toolCount: 0 },
    })
  })

  it('lets the body win over headers', () => {
    const headers = {
      'x-farthing-tier': 'premium',
      'x-farthing-session': 's1',
      'x-farthing-tags': 'team=a, feature=b',
    }
    expect(parse({ model: 'auto', messages: [USER] }, headers).routing).toMatchObject({
      tier: 'premium',
      session: 's1',
      tags: { team: 'a', feature: 'b' },
    })
    const routing = {
      tier: 'economy',
      max_cost_usd: 0.01,
      providers: { only: ['openai'] },
      jurisdictions: { ignore: ['cn'] },
      explain: true,
    }
    expect(parse({ model: 'auto', messages: [USER], routing }, headers).routing).toMatchObject({
      tier: 'economy',
      session: 's1',
      maxCost: 10_000_000_000,
      providers: { only: ['openai'], ignore: [] },
      jurisdictions: { only: null, ignore: ['cn'] },
      explain: true,
      tags: { team: 'a', feature: 'b' },
    })
  })

  const ok = { model: 'auto', messages: [USER] }
  it.each<[string, unknown, string | null, RegExp]>([
    ['an empty body', '', null, /empty/],
    ['no JSON', 'hello', null, /JSON object/],
    [
      'truncated JSON',
      '{"model":"auto","messages":[{"role":"us',
      null,
      /unexpected end of the document in a string at byte 39/,
    ],
    ['a list', [], null, /must be a JSON object/],
    ['no model', { messages: [USER] }, 'model', /missing/],
    ['a model that is no string', { ...ok, model: 3 }, 'model', /must be a string/],
    ['no messages', { model: 'auto' }, 'messages', /missing/],
    ['no message', { ...ok, messages: [] }, 'messages', /empty/],
    ['messages that are no list', { ...ok, messages: 'hi' }, 'messages', /must be a list/],
    ['a message that is no object', { ...ok, messages: ['hi'] }, 'messages[0]', /must be an object/],
    [
      'a wrong role',
      { ...ok, messages: [USER, { role: 'robot', content: '' }] },
      'messages[1].role',
      /system, developer, user, assistant, tool/,
    ],
    ['no role', { ...ok, messages: [{ content: '' }] }, 'messages[0].role', /missing/],
    ['no content', { ...ok, messages: [{ role: 'user' }] }, 'messages[0].content', /missing/],
    [
      'content that is a number',
      { ...ok, messages: [{ role: 'user', content: 1 }] },
      'messages[0].content',
      /string or a list/,
    ],
    [
      'an unknown part',
      { ...ok, messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
      'messages[0].content[0].type',
      /must be one of text/,
    ],
    ['a negative cap', { ...ok, max_tokens: -1 }, 'max_tokens', /whole number from 1 up/],
    ['a fractional cap', { ...ok, max_completion_tokens: 1.5 }, 'max_completion_tokens', /whole number/],
    ['stream as text', { ...ok, stream: 'yes' }, 'stream', /true or false/],
    [
      'stream options without a stream',
      { ...ok, stream_options: {} },
      'stream_options',
      /only allowed when "stream" is true/,
    ],
    [
      '1,000 tools',
      { ...ok, tools: Array.from({ length: 1000 }, () => ({})) },
      'tools',
      /1000 entries; at most 128/,
    ],
    ['a temperature as text', { ...ok, temperature: 'hot' }, 'temperature', /number from 0 to 2/],
    ['a top_p beyond all', { ...ok, top_p: 1.5 }, 'top_p', /number from 0 to 1/],
    ['top_logprobs alone', { ...ok, top_logprobs: 3 }, 'top_logprobs', /when "logprobs" is true/],
    ['stop as a number', { ...ok, stop: 7 }, 'stop', /a string or a list of strings/],
    ['a tool without a name', { ...ok, tools: [{ type: 'function' }] }, 'tools[0].function.name', /missing/],
    [
      'two tools of one name',
      { ...ok, tools: [tool('f'), tool('f')] },
      'tools[1].function.name',
      /another tool/,
    ],
    ['a forced call of nothing', { ...ok, tool_choice: 'required' }, 'tool_choice', /no "tools"/],
    [
      'a choice of a stranger',
      { ...ok, tools: [tool('f')], tool_choice: named('g') },
      'tool_choice',
      /not among/,
    ],
    [
      'a call without an answer',
      { ...ok, messages: [USER, calls('a')] },
      'messages[1].tool_calls',
      /1 without an answer/,
    ],
    [
      'a call that is answered too late',
      { ...ok, messages: [USER, calls('a', 'b'), result('a'), USER, result('b')] },
      'messages[1].tool_calls',
      /1 without an answer/,
    ],
    [
      'an answer to no call',
      { ...ok, messages: [USER, result('a')] },
      'messages[1].tool_call_id',
      /is none of/,
    ],
    [
      'an answer to an earlier turn',
      { ...ok, messages: [calls('a'), result('a'), USER, calls('b'), result('a')] },
      'messages[4].tool_call_id',
      /is none of/,
    ],
    [
      'an answer that names no call',
      { ...ok, messages: [calls('a'), { role: 'tool', content: '' }] },
      'messages[1].tool_call_id',
      /missing/,
    ],
    [
      'a call without an id',
      { ...ok, messages: [{ role: 'assistant', content: null, tool_calls: [{ type: 'function' }] }] },
      'messages[0].tool_calls[0].id',
      /missing/,
    ],
    [
      'a switch against the effort',
      { ...ok, enable_thinking: false, reasoning_effort: 'low' },
      'enable_thinking',
      /switches thinking off/,
    ],
    [
      'an effort against the switch',
      { ...ok, thinking: { type: 'enabled' }, reasoning_effort: 'none' },
      'thinking',
      /switches thinking on/,
    ],
    ['an unknown effort', { ...ok, reasoning_effort: 'huge' }, 'reasoning_effort', /none, minimal, low/],
    ['an unknown format', { ...ok, response_format: { type: 'xml' } }, 'response_format.type', /json_object/],
    [
      'an unknown routing key',
      { ...ok, routing: { teir: 'economy' } },
      'routing.teir',
      /there are tier, max_cost_usd/,
    ],
    [
      'an unknown provider',
      { ...ok, routing: { providers: { only: ['acme'] } } },
      'routing.providers.only[0]',
      /deepseek/,
    ],
    ['a negative max cost', { ...ok, routing: { max_cost_usd: -1 } }, 'routing.max_cost_usd', /above 0/],
    [
      'an empty list',
      { ...ok, routing: { providers: { only: [] } } },
      'routing.providers.only',
      /leave it out/,
    ],
    ['routing as text', { ...ok, routing: 'cheapest' }, 'routing', /an object with tier, max_cost_usd/],
    [
      'an unknown key deeper',
      { ...ok, routing: { providers: { no: [] } } },
      'routing.providers.no',
      /only, ignore/,
    ],
    ['a long session', { ...ok, routing: { session: 'x'.repeat(300) } }, 'routing.session', /1 to 256/],
    ['a repeated member', '{"model":"a","model":"b","messages":[]}', 'model', /given twice/],
    ['a NUL', '{"model":"auto","messages":[{"role":"user","content":"a\\u0000b"}]}', null, /NUL character/],
  ])('refuses %s and says why', (_, body, param, message) => {
    const found = complaint(body)
    expect(found.param).toBe(param)
    expect(found.message).toMatch(message)
  })

  it.each(['\\ud83d', '\\ude00', '\\ud83d\\ud83d', '\\ude00\\ud83d', '\\ud83dx', '\\uD83D\\n'])(
    'refuses half of a surrogate pair: %s',
    (half) => {
      const body = `{"model":"auto","messages":[{"role":"user","content":"a${half}"}]}`
      expect(complaint(body)).toMatchObject({
        param: null,
        message: expect.stringMatching(/half of a surrogate pair/),
      })
      expect(parse(body.replace(half, '\\ud83d\\ude00')).model).toBe('auto')
    },
  )

  it('takes calls of the same id, each with its answer', () => {
    const messages = [USER, calls('a', 'a', 'b'), result('b'), result('a'), result('a'), USER]
    expect(parse({ model: 'auto', messages }).messages).toHaveLength(6)
  })

  it('refuses invalid UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    expect(() => parseChatRequest(bytes, {})).toThrow(/not valid UTF-8/)
  })

  it('refuses malformed headers by name', () => {
    expect(complaint(ok, { 'x-farthing-tier': 'best' })).toMatchObject({ param: 'x-farthing-tier' })
    for (const tags of ['team', 'team=', '=a', 'team=a;feature=b', '', 'team=a,', '__proto__=a', 'team=ä'])
      expect(complaint(ok, { 'x-farthing-tags': tags })).toMatchObject({ param: 'x-farthing-tags' })
    expect(
      complaint(ok, { 'x-farthing-tags': Array.from({ length: 17 }, (_, index) => `t${index}=1`).join() })
        .message,
    ).toMatch(/17 tags; at most 16/)
  })

  it('never quotes what the messages say', () => {
    expect(
      complaint({ ...ok, messages: [{ role: 'user', content: [{ type: 'text-with-SECRET' }] }] }).message,
    ).not.toContain('SECRET')
  })
})
