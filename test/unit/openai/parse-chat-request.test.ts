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

const countTools = (fields: object): [number, boolean] => {
  const { toolCount, hasCustomTools } = parse({ model: 'auto', messages: [USER], ...fields }).features
  return [toolCount, hasCustomTools]
}

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
      response_format: { type: 'json_schema', json_schema: {} },
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
            { type: 'file', file: {} },
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
        forcesToolChoice: true,
        responseFormat: 'json_schema',
        imageCount: 1,
        imageUrlCount: 1,
        videoCount: 1,
        audioCount: 1,
        fileCount: 1,
        wantsLogprobs: true,
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
    const tool = { type: 'function', function: { name: 'f', parameters: { type: 'custom' } } }
    expect(countTools({ tools: [tool] })).toEqual([1, false])
    expect(countTools({ tools: [tool, { type: 'custom', custom: { name: 'g' } }] })).toEqual([2, true])
    expect(countTools({ functions: [{ name: 'f' }] })).toEqual([1, true])
    expect(countTools({ functions: [], tools: null })).toEqual([0, false])
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
