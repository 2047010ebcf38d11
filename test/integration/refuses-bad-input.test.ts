// Whatever is wrong with a request, its sender gets OpenAI's error JSON with a request id that says what was wrong and
// what would be right; nobody upstream hears of it, and the next request on the same connection is served.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { functionTool } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat, expectNothingLost, type PostOptions, PROMPT, post } from '../support/nothing-lost.ts'
import { openWire, type Wire, type WireAnswer } from '../support/wire.ts'

let gateway: TestGateway
let wire: Wire
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())
beforeEach(async () => {
  wire = await openWire(gateway.url)
})

interface Refusal {
  readonly status: number
  readonly code: string
  readonly param?: string | null
  readonly says: RegExp
}

async function expectRefusal(bytes: string | Uint8Array, wanted: Refusal): Promise<WireAnswer> {
  const before = countUpstream()
  wire.send(bytes)
  const answer = await wire.answer()
  const body: { error: { message: string } } = JSON.parse(answer.body)
  expect({ status: answer.status, body }).toEqual({
    status: wanted.status,
    body: {
      error: {
        message: expect.stringMatching(wanted.says),
        type: 'invalid_request_error',
        param: wanted.param ?? null,
        code: wanted.code,
      },
    },
  })
  expect(body.error.message.length).toBeLessThan(1000)
  expect(answer.body).not.toContain(PROMPT)
  expect(answer.headers).toMatchObject({
    'x-request-id': expect.stringMatching(/^req_[a-z0-9]+$/),
    'content-type': 'application/json; charset=utf-8',
  })
  expect(countUpstream()).toBe(before)
  const isClosing = answer.headers['connection'] === 'close'
  if (isClosing) await wire.closed
  await expectNothingLost(gateway, isClosing ? null : wire)
  return answer
}

function countUpstream(): number {
  return Object.values(gateway.fleet.providers).reduce((sum, { requests }) => sum + requests.length, 0)
}

const invalid = (param: string | null, says: RegExp): Refusal => ({
  status: 400,
  code: 'invalid_request_error',
  param,
  says,
})

const say = (content: unknown, role = 'user'): string => chat({ messages: [{ role, content }] })
const nested = (open: string, close: string): string =>
  chat().replace(/\}$/, `,"metadata":${open.repeat(100_000)}1${close.repeat(100_000)}}`)

describe('a body', () => {
  it.each<[string, string | Uint8Array, Refusal]>([
    ['that is not JSON', `hello, ${PROMPT}`, invalid(null, /must be a JSON object/)],
    ['of truncated JSON', chat().slice(0, -5), invalid(null, /not valid JSON: .* at byte \d+/)],
    ['that is empty', '', invalid(null, /empty; send a JSON object with "model" and "messages"/)],
    ['that is a list', '[]', invalid(null, /must be a JSON object/)],
    ['that is null', 'null', invalid(null, /must be a JSON object/)],
    ['with text after it', `${chat()}${chat()}`, invalid(null, /unexpected text after the document/)],
    [
      'that is not UTF-8',
      Buffer.from(chat().replace('my', '\u00c3('), 'latin1'),
      invalid(null, /not valid UTF-8/),
    ],
    ['with a NUL in a string', say('a\u0000b'), invalid(null, /NUL/)],
    ['with a bare NUL', chat().replace('my', '\u0000'), invalid(null, /control character 0x00/)],
    ['nested 100,000 lists deep', nested('[', ']'), invalid(null, /nesting deeper than 256 levels/)],
    ['nested 100,000 objects deep', nested('{"a":', '}'), invalid(null, /nesting deeper than 256 levels/)],
    [
      'with a member given twice',
      chat().replace('{', '{"model":"frontier",'),
      invalid('model', /given twice; send it once/),
    ],
    [
      'with a member of a long name given twice',
      chat().replace('{', `{"${'x'.repeat(10_000)}":1,"${'x'.repeat(10_000)}":1,`),
      invalid(`${'x'.repeat(100)}…`, /given twice/),
    ],
  ])('%s', async (_, body, wanted) => {
    await expectRefusal(post(gateway, body), wanted)
  })

  it.each([
    ['declared', {}],
    ['undeclared', { 'content-length': undefined, 'transfer-encoding': 'chunked' }],
  ])('of 20 MB, its length %s', async (_, headers) => {
    const wanted: Refusal = { status: 413, code: 'request_too_large', says: /server\.body_limit/ }
    const body = say('x'.repeat(19_999_900))
    const sent = 'transfer-encoding' in headers ? `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body
    const answer = await expectRefusal(post(gateway, sent, { headers }), wanted)
    expect(answer.headers['connection']).not.toBe('close')
  })
})

type Case<Body> = [name: string, body: Body, refusal: Refusal]

const badPart = (name: string, part: object, member: string, says: RegExp): Case<string> => [
  `with ${name}`,
  say([{ type: 'text', text: PROMPT }, part]),
  invalid(`messages[0].content[1].${member}`, says),
]
const badCall = (name: string, call: object, member: string, says: RegExp): Case<string> => [
  `with a call ${name}`,
  chat({
    messages: [
      { role: 'user', content: PROMPT },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c', content: PROMPT },
    ],
  }),
  invalid(`messages[1].tool_calls[0].${member}`, says),
]
const badField = (name: string, fields: object, param: string, says: RegExp): Case<object> => [
  `of a wrong kind: ${name}`,
  fields,
  invalid(param, says),
]
const urlPart = (url: string) => ({ type: 'image_url', image_url: { url } })

describe('messages', () => {
  it.each<[string, string, Refusal]>([
    ['that are missing', '{"model":"auto"}', invalid('messages', /missing/)],
    ['that are none', chat({ messages: [] }), invalid('messages', /at least one/)],
    ['that are no list', chat({ messages: PROMPT }), invalid('messages', /must be a list/)],
    ['that are no objects', chat({ messages: [PROMPT] }), invalid('messages[0]', /"role" and "content"/)],
    badCall('without a function', { id: 'c' }, 'function', /"name" and "arguments"/),
    badCall('without a name', { id: 'c', function: { arguments: '{}' } }, 'function.name', /a string/),
    badCall(
      'without arguments',
      { id: 'c', function: { name: 'f' } },
      'function.arguments',
      /a string, as the m/,
    ),
    badCall(
      'with arguments that are an object',
      { id: 'c', function: { name: 'f', arguments: {} } },
      'function.arguments',
      /a string, as the model/,
    ),
    badCall('of a custom tool without input', { id: 'c', custom: { name: 'f' } }, 'custom.input', /a string/),
    ['of a role that is older', say(PROMPT, 'function'), invalid('messages[0].role', /have the role tool/)],
    [
      'of a wrong role',
      say(PROMPT, 'king'),
      invalid('messages[0].role', /system, developer, user, assistant, tool/),
    ],
    ['without a role', chat({ messages: [{ content: PROMPT }] }), invalid('messages[0].role', /missing/)],
    ['without content', chat({ messages: [{ role: 'user' }] }), invalid('messages[0].content', /missing/)],
    [
      'with two roles',
      chat().replace('"role":"user"', '"role":"user","role":"system"'),
      invalid('messages[0].role', /given twice/),
    ],
    ['with a number for content', say(7), invalid('messages[0].content', /a string or a list/)],
    badPart('a text part without text', { type: 'text' }, 'text', /is missing or no string/),
    badPart('a text part with a number', { type: 'text', text: 7 }, 'text', /is missing or no string/),
    badPart('a refusal without words', { type: 'refusal' }, 'refusal', /is missing or no string/),
    badPart('an image part without an image', { type: 'image_url' }, 'image_url', /object with a "url"/),
    badPart('an image that is a string', { type: 'image_url', image_url: 'data:,x' }, 'image_url', /"url"/),
    badPart('an image without a URL', { type: 'image_url', image_url: { url: null } }, 'image_url', /"url"/),
    badPart(
      'an image from a disk',
      urlPart('file:///etc/passwd'),
      'image_url.url',
      /must begin with "https:/,
    ),
    badPart('an image by FTP', urlPart('ftp://a/b.png'), 'image_url.url', /must begin with "https:/),
    badPart('an image from nowhere', urlPart(''), 'image_url.url', /must begin with "https:/),
    badPart(
      'a video from a disk',
      { type: 'video_url', video_url: { url: 'file:///a' } },
      'video_url.url',
      /must begin/,
    ),
    badPart('sound without data', { type: 'input_audio' }, 'input_audio', /object with "data"/),
    badPart(
      'a file without data',
      { type: 'file', file: { filename: 'a.pdf' } },
      'file',
      /"file_data" or "file_id"/,
    ),
    ...['system', 'developer', 'assistant'].map((role): [string, string, Refusal] => [
      `of the ${role} with an image`,
      chat({
        messages: [
          { role, content: [urlPart('https://example.com/a.png')] },
          { role: 'user', content: PROMPT },
        ],
      }),
      invalid('messages[0].content', new RegExp(`image_url, which a ${role} message cannot have`)),
    ]),
    [
      'with a content part of unknown type',
      say([
        { type: 'text', text: PROMPT },
        { type: 'hologram', hologram: PROMPT },
      ]),
      invalid('messages[0].content[1].type', /text, refusal, image_url/),
    ],
    [
      'with a content part without a type',
      say([{ text: PROMPT }]),
      invalid('messages[0].content[0].type', /must be one of/),
    ],
    [
      'with a content part that is a string',
      say([PROMPT]),
      invalid('messages[0].content[0]', /must be an object with "type"/),
    ],
  ])('%s', async (_, body, wanted) => {
    await expectRefusal(post(gateway, body), wanted)
  })
})

describe('a field', () => {
  it.each<[string, object, Refusal]>([
    ['model that is missing', { model: undefined }, invalid('model', /name a tier, an alias or provider/)],
    ['model that is a number', { model: 6 }, invalid('model', /must be a string/)],
    [
      'model that nobody knows',
      { model: 'gpt-6-lunar' },
      { status: 404, code: 'model_not_found', param: 'model', says: /Nearest: .*"gpt-6-luna"/ },
    ],
    [
      'model full of control characters',
      { model: '\u0007\n<script>' },
      { status: 404, code: 'model_not_found', param: 'model', says: /"\\u0007\\n<script>" does not exist/ },
    ],
    [
      'model of a megabyte',
      { model: 'x'.repeat(1_000_000) },
      { status: 404, code: 'model_not_found', param: 'model', says: /Nearest/ },
    ],
    ['max_tokens below nothing', { max_tokens: -5 }, invalid('max_tokens', /from 1 up/)],
    ['max_tokens of nothing', { max_tokens: 0 }, invalid('max_tokens', /from 1 up/)],
    ['max_tokens that is broken', { max_tokens: 2.5 }, invalid('max_tokens', /whole number/)],
    ['max_tokens as text', { max_tokens: '5' }, invalid('max_tokens', /whole number/)],
    [
      'max_completion_tokens below nothing',
      { max_completion_tokens: -1 },
      invalid('max_completion_tokens', /from 1 up/),
    ],
    [
      'max_tokens above what any model writes',
      { max_tokens: 9_007_199_254_740_991 },
      { status: 400, code: 'no_eligible_route', says: /lacks that much output/ },
    ],
    ['n of nothing', { n: 0 }, invalid('n', /from 1 to 128/)],
    ['n without end', { n: 1_000_000_000 }, invalid('n', /from 1 to 128/)],
    ['stream as text', { stream: 'yes' }, invalid('stream', /true or false/)],
    [
      'stream_options without a stream',
      { stream_options: { include_usage: true } },
      invalid('stream_options', /only allowed when "stream" is true/),
    ],
    [
      'include_usage as text',
      { stream: true, stream_options: { include_usage: 'yes' } },
      invalid('stream_options.include_usage', /true or false/),
    ],
    [
      'tools, a thousand of them',
      { tools: Array.from({ length: 1000 }, () => ({ type: 'function', function: { name: 'f' } })) },
      invalid('tools', /has 1000 entries; at most 128/),
    ],
    ['tools as an object', { tools: {} }, invalid('tools', /must be a list/)],
    ['tools that are none', { tools: ['get_weather'] }, invalid('tools[0]', /must be an object/)],
    ['tool_choice of a new kind', { tool_choice: 'perhaps' }, invalid('tool_choice', /"none", "auto"/)],
    badField(
      'a word',
      { tools: [functionTool('a'), functionTool('b')], tool_choice: {} },
      'tool_choice',
      /names no fun/,
    ),
    badField(
      'no schema',
      { response_format: { type: 'json_schema' } },
      'response_format.json_schema',
      /"name" and "s/,
    ),
    badField(
      'a schema without a name',
      { response_format: { type: 'json_schema', json_schema: { schema: {} } } },
      'response_format.json_schema.name',
      /up to 64 letters/,
    ),
    badField(
      'a schema that is a list',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: [] } } },
      'response_format.json_schema.schema',
      /an object/,
    ),
    badField(
      'parameters that are a list',
      { tools: [{ type: 'function', function: { name: 'f', parameters: [] } }] },
      'tools[0].function.parameters',
      /an object/,
    ),
    badField('seed', { seed: 1.5 }, 'seed', /a whole number/),
    badField('logit_bias', { logit_bias: { '50': 200 } }, 'logit_bias', /from -100 to 100/),
    badField('store', { store: 'yes' }, 'store', /true or false/),
    badField('enable_thinking', { enable_thinking: 'yes' }, 'enable_thinking', /true or false/),
    badField('thinking', { thinking: 'yes' }, 'thinking', /an object with "type"/),
    badField('verbosity', { verbosity: 'loud' }, 'verbosity', /"low", "medium"/),
    badField('user', { user: 7 }, 'user', /a string/),
    badField('metadata', { metadata: { a: 1 } }, 'metadata', /an object with strings/),
    [
      'response_format of a new kind',
      { response_format: { type: 'xml' } },
      invalid('response_format.type', /"json_object"/),
    ],
    [
      'reasoning_effort of a new kind',
      { reasoning_effort: 'heroic' },
      invalid('reasoning_effort', /none, minimal, low/),
    ],
    [
      'routing with an unknown key',
      { routing: { cheapest: true } },
      invalid('routing.cheapest', /tier, max_cost_usd, providers, jurisdictions, session, explain/),
    ],
    ['routing as text', { routing: 'cheapest' }, invalid('routing', /must be an object/)],
    ['routing to an unknown tier', { routing: { tier: 'best' } }, invalid('routing.tier', /one of economy/)],
    [
      'routing to an unknown provider',
      { routing: { providers: { only: ['deepseek', 'acme'] } } },
      invalid('routing.providers.only[1]', /deepseek, alibaba/),
    ],
    [
      'routing with a cost below nothing',
      { routing: { max_cost_usd: -1 } },
      invalid('routing.max_cost_usd', /above 0/),
    ],
    [
      'routing with a cost too low for anything',
      { routing: { max_cost_usd: 1e-9 } },
      {
        status: 400,
        code: 'max_cost_exceeded',
        param: 'routing.max_cost_usd',
        says: /worst case is 0\.\d+ USD/,
      },
    ],
    [
      'routing where nobody is',
      { routing: { jurisdictions: { only: ['Atlantis'] } } },
      { status: 400, code: 'no_eligible_route', says: /lacks a place in routing\.jurisdictions/ },
    ],
  ])('%s', async (_, changes, wanted) => {
    await expectRefusal(post(gateway, chat(changes)), wanted)
  })

  // JSON.stringify cannot write these.
  it.each<[string, string, Refusal]>([
    ['max_tokens beyond all numbers', '"max_tokens":1e400', invalid('max_tokens', /whole number/)],
    [
      'max_tokens of a million digits',
      `"max_tokens":${'9'.repeat(1_000_000)}`,
      invalid('max_tokens', /whole number/),
    ],
    [
      'routing.max_cost_usd beyond all numbers',
      '"routing":{"max_cost_usd":1e400}',
      invalid('routing.max_cost_usd', /at most 9000/),
    ],
    [
      'routing.max_cost_usd too small for a number',
      '"routing":{"max_cost_usd":1e-400}',
      invalid('routing.max_cost_usd', /above 0/),
    ],
    [
      'routing with a prototype in it',
      '"routing":{"__proto__":{"tier":"frontier"}}',
      invalid('routing.__proto__', /not known/),
    ],
    ['that is no JSON', '"temperature":.5', invalid(null, /unexpected value at byte/)],
  ])('%s', async (_, member, wanted) => {
    await expectRefusal(post(gateway, chat().replace(/\}$/, `,${member}}`)), wanted)
  })
})

describe('a header', () => {
  it.each<[string, string, Refusal]>([
    ['x-farthing-tier', 'best', invalid('x-farthing-tier', /economy, standard, premium, frontier/)],
    ['x-farthing-tags', 'team', invalid('x-farthing-tags', /must look like "team=a,feature=b"/)],
    ['x-farthing-tags', '__proto__=a', invalid('x-farthing-tags', /must look like/)],
    ['x-farthing-session', 's'.repeat(300), invalid('x-farthing-session', /256/)],
    [
      'content-type',
      'text/plain',
      { status: 415, code: 'unsupported_media_type', says: /content-type: application\/json/ },
    ],
    [
      'content-type',
      'multipart/form-data; boundary=x',
      { status: 415, code: 'unsupported_media_type', says: /application\/json/ },
    ],
    ['content-encoding', 'gzip', { status: 415, code: 'unsupported_media_type', says: /uncompressed/ }],
    ['expect', 'the-unexpected', invalid('expect', /100-continue/)],
  ])('%s: %s', async (name, value, wanted) => {
    await expectRefusal(post(gateway, chat(), { headers: { [name]: value } }), wanted)
  })

  it('content-type that is missing', () =>
    expectRefusal(post(gateway, chat(), { headers: { 'content-type': undefined } }), {
      status: 415,
      code: 'unsupported_media_type',
      says: /application\/json/,
    }))

  it('Host that is missing', () =>
    expectRefusal(post(gateway, chat(), { headers: { host: undefined } }), invalid('host', /Host/)))
})

describe('a key', () => {
  it.each([
    ['that is missing', undefined],
    ['that is empty', ''],
    ['that is no key', 'Bearer'],
    ["of another vendor's form", 'Bearer sk-proj-1234'],
    ['that nobody has', 'Bearer fth_0000000000000000000000000000000000000000'],
    ['of a kilobyte', `Bearer fth_${'a'.repeat(1000)}`],
    ['in another scheme', 'Basic dXNlcjpwYXNz'],
    ['with a blank in it', 'Bearer fth_a b'],
  ])('%s', async (_, authorization) => {
    await expectRefusal(post(gateway, chat(), { headers: { authorization } }), {
      status: 401,
      code: 'invalid_api_key',
      says: /API key/,
    })
  })
})

describe('a path or method', () => {
  const cases: readonly [PostOptions, Refusal][] = [
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PURGE'].map((method): [PostOptions, Refusal] => [
      { method },
      { status: 405, code: 'method_not_allowed', says: /use POST/ },
    ]),
    [{ path: '/v1/models' }, { status: 405, code: 'method_not_allowed', says: /use GET/ }],
    [
      { path: '/v1/completions' },
      { status: 404, code: 'not_found', says: /nothing at \/v1\/completions\. The completions are at POST/ },
    ],
    [{ path: '/chat/completions' }, { status: 404, code: 'not_found', says: /\/v1\/chat\/completions/ }],
    [{ path: `/${'a'.repeat(9000)}` }, { status: 404, code: 'not_found', says: /nothing at/ }],
    [{ path: '/v1/models/%zz', method: 'GET' }, invalid(null, /encode it as %25/)],
    [
      { path: `/v1/models/${'a'.repeat(500)}`, method: 'GET' },
      { status: 404, code: 'model_not_found', param: 'model', says: /There is no model "a{100}"/ },
    ],
    [
      { path: `/admin/keys/${'a'.repeat(500)}`, method: 'GET' },
      { status: 404, code: 'not_found', says: /longer than any name/ },
    ],
  ]
  it.each(cases)('%o', async (options, wanted) => {
    const answer = await expectRefusal(post(gateway, chat(), options), wanted)
    if (wanted.status === 405) expect(answer.headers['allow']).toBe(/use (\w+)/.exec(wanted.says.source)?.[1])
  })

  it('that is unknown is told before the body is looked at', () =>
    expectRefusal(post(gateway, 'hello', { path: '/nothing', headers: { 'content-type': 'text/xml' } }), {
      status: 404,
      code: 'not_found',
      says: /nothing at/,
    }))

  it('HEAD gets the head of the refusal alone', async () => {
    wire.send(post(gateway, '', { method: 'HEAD', headers: { 'content-length': undefined } }))
    const head = await wire.headOnly()
    expect(head).toMatch(/^HTTP\/1\.1 405 /)
    expect(head).toMatch(/\r\nx-request-id: req_/)
    expect(head).toContain('\r\nallow: POST\r\n')
    await expectNothingLost(gateway, wire)
  })
})

describe('names that JavaScript knows', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '%s is a name like any other',
    async (name) => {
      const member = `,"${name}":{"model":"frontier","polluted":true}}`
      for (const model of ['deepseek/deepseek-flash', 'anthropic/claude-haiku-5-5']) {
        wire.send(post(gateway, chat({ model }).replace(/\}$/, member)))
        const { status, headers } = await wire.answer()
        expect([200, 400]).toContain(status)
        if (status === 200)
          expect(`${headers['x-farthing-provider']}/${headers['x-farthing-model']}`).toBe(model)
      }
      expect(Reflect.get({}, 'polluted')).toBeUndefined()
      await expectNothingLost(gateway, wire)
    },
  )
})

it('refusals cost nothing, and are counted by their kind', async () => {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  for (const outcome of ['invalid_request', 'model_not_found', 'no_eligible_route', 'max_cost_exceeded'])
    expect(metrics).toMatch(
      new RegExp(
        `^farthing_requests_total\\{(?=.*outcome="${outcome}")(?=.*provider="none")(?=.*model="none")(?=.*tier="none").*\\} [1-9]`,
        'm',
      ),
    )
  expect(metrics).not.toMatch(/outcome="internal_error"/)
  expect(gateway.log()).not.toMatch(/"level":"(?:error|fatal)"/)
})
