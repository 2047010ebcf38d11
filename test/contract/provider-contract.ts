// What every provider must do, whatever it speaks: one suite, driven by the provider's fixtures.

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChatRequest } from '../../src/openai/parse-chat-request.ts'
import { MalformedAnswerError, type Provider } from '../../src/providers/provider.ts'
import { commentsIn, readAsClient } from './client-view.ts'
import {
  type Fixture,
  orphans,
  type RequestCase,
  readErrorCases,
  readFixtures,
  readRequest,
  readRequestCases,
} from './provider-fixtures.ts'
import { cutAt, factsOf, readOut, STARTED_AT_MS } from './read-stream.ts'
import { routeFor } from './route-for.ts'

/** Cases that no provider can do without, by the form in which they are needed. */
const REQUIRED = {
  answerBytes: ['text', 'tools', 'reasoning', 'cached', 'unknown-fields', 'no-usage'],
  streamBytes: [
    'text',
    'tools',
    'reasoning',
    'cached',
    'unknown-fields',
    'no-usage',
    'keep-alive',
    'mid-stream-error',
    'truncated',
  ],
} as const
const ERROR_CLASSES = [
  'unauthorized',
  'model_missing',
  'out_of_money',
  'rate_limited',
  'overloaded',
  'bad_request',
]

/** `folder`: where in fixtures it has its own. */
export function describeProvider(folder: string, provider: Provider): void {
  const fixtures = readFixtures(folder)
  describe(`the provider ${folder}`, () => {
    it('has a fixture for every case, and an expectation for every fixture', () => {
      for (const form of ['answerBytes', 'streamBytes'] as const) {
        const there = fixtures.filter((fixture) => fixture[form] !== null).map(({ name }) => name)
        expect(there).toEqual(expect.arrayContaining([...REQUIRED[form]]))
      }
      const halves = fixtures.filter(
        ({ answer, answerBytes, stream, streamBytes }) =>
          (answer === undefined) !== (answerBytes === null) ||
          (stream === undefined) !== (streamBytes === null),
      )
      expect(halves.map(({ name }) => name)).toEqual([])
      expect(orphans(folder)).toEqual([])
    })
    describeAnswers(provider, fixtures)
    describeStreams(provider, fixtures)
    describeErrors(folder, provider)
    describeRequests(folder, provider)
  })
}

function describeAnswers(provider: Provider, fixtures: readonly Fixture[]): void {
  for (const { name, about, answer, answerBytes } of fixtures) {
    if (answer === undefined || answerBytes === null) continue
    it(`reads the answer ${name}: ${about}`, () => {
      const read = provider.readResponse(answerBytes, { startedAtMs: STARTED_AT_MS, keepsTurn: true })
      expect(read.usage).toEqual(answer.usage ?? undefined)
      if (answer.failure === null) expect(read.failure).toBeNull()
      else expect(read.failure).toMatchObject(answer.failure)
      const body: Record<string, unknown> = JSON.parse(read.json.toString())
      expect(body).toMatchObject({
        object: 'chat.completion',
        id: expect.any(String),
        created: expect.any(Number),
        model: expect.any(String),
        ...answer.body,
      })
      const choice: unknown = Array.isArray(body['choices']) ? body['choices'][0] : undefined
      expect(choice).toMatchObject({ index: 0, finish_reason: answer.finish })
      for (const part of answer.contains)
        expect(read.json.toString().replaceAll(/": /g, `":`)).toContain(part)
      if (answer.message !== undefined) expect(choice).toHaveProperty('message', answer.message)
      if (answer.toolCalls !== undefined) {
        expect(choice).toHaveProperty('message.tool_calls.length', answer.toolCalls.length)
        expect(choice).toMatchObject({ message: { tool_calls: answer.toolCalls } })
      }
      if (answer.outputBytes !== undefined) expect(read.outputBytes).toBe(answer.outputBytes)
      if (answer.turn !== undefined) expect(read.turn).toEqual(answer.turn)
      if (answer.serviceTier !== undefined) expect(read.serviceTier).toBe(answer.serviceTier)
    })
  }

  it.each([
    '',
    ' ',
    'null',
    '[]',
    '"text"',
    '{}',
    '{"choices":',
    '{"choices":[]}',
    '<html></html>',
    '{"error":{"message":"no"}}',
  ])('says that %j is no answer', (text) => {
    expect(() => provider.readResponse(Buffer.from(text), { startedAtMs: STARTED_AT_MS })).toThrow(
      MalformedAnswerError,
    )
  })
}

function describeStreams(provider: Provider, fixtures: readonly Fixture[]): void {
  for (const { name, about, stream, streamBytes } of fixtures) {
    if (stream === undefined || streamBytes === null) continue
    it(`reads the stream ${name}: ${about}`, async () => {
      const whole = readOut(provider, [streamBytes])
      const text = whole.bytes.toString('utf8')
      expect(await readAsClient(whole.bytes)).toEqual(stream.choices)
      expect(commentsIn(whole.bytes)).toEqual(stream.comments)
      expect(text).not.toContain('[DONE]')
      for (const part of stream.contains) expect(text).toContain(part)
      for (const part of stream.lacks) expect(text).not.toContain(part)

      const { reader, failure } = whole
      expect(reader.usage).toEqual(stream.usage ?? undefined)
      expect(reader.isComplete).toBe(stream.complete)
      expect(reader.hasContent).toBe(stream.content)
      if (stream.reportedUsage !== undefined) expect(reader.reportedUsage).toMatchObject(stream.reportedUsage)
      if (stream.outputBytes !== undefined) expect(reader.outputBytes).toBe(stream.outputBytes)
      if (stream.turn !== undefined) expect(reader.turn).toEqual(stream.turn)
      if (stream.envelope !== undefined) expect(reader.envelope).toEqual(stream.envelope)
      if (stream.serviceTier !== undefined) expect(reader.serviceTier).toBe(stream.serviceTier)
      if (stream.failure === null) expect(failure).toBeNull()
      else expect(failure).toMatchObject(stream.failure)
    })

    it(`reads the stream ${name} the same wherever it is cut`, () => {
      const whole = factsOf(readOut(provider, [streamBytes]))
      const differs = (places: readonly number[]): boolean =>
        !isDeepStrictEqual(factsOf(readOut(provider, cutAt(streamBytes, places))), whole)
      const everywhere = Array.from({ length: streamBytes.length - 1 }, (_, at) => at + 1)
      expect(everywhere.filter((at) => differs([at]))).toEqual([])
      expect(differs(everywhere)).toBe(false)
      const places = fc.array(fc.integer({ min: 1, max: streamBytes.length - 1 }), { maxLength: 40 })
      fc.assert(
        fc.property(places, (chosen) => !differs(chosen)),
        { numRuns: 25 },
      )
    })
  }

  it('keeps nothing of a turn that nobody asked to keep', () => {
    for (const { answerBytes, streamBytes } of fixtures) {
      if (answerBytes !== null)
        expect(provider.readResponse(answerBytes, { startedAtMs: STARTED_AT_MS }).turn).toEqual([])
      const reader = provider.readStream({ startedAtMs: STARTED_AT_MS, toolNames: new Map() })
      if (streamBytes !== null) reader.read(streamBytes)
      expect(reader.turn).toEqual([])
    }
  })

  it('never hands on half an event, however early a stream breaks off, and knows that it is not whole', async () => {
    const bytes = fixtures.find(({ name }) => name === 'tools')?.streamBytes ?? Buffer.alloc(0)
    const whole = readOut(provider, [bytes]).bytes.toString('utf8')
    let incomplete = 0
    for (let length = 0; length < bytes.length; length++) {
      const { bytes: given, failure, reader } = readOut(provider, [bytes.subarray(0, length)])
      // What came so far is a beginning of the whole, up to the end of an event.
      const text = given.toString('utf8')
      if (!whole.startsWith(text) && !whole.startsWith(text.trimEnd()))
        throw new Error(`cut at ${length}: ${text}`)
      expect(failure).toBeNull()
      if (!reader.isComplete) incomplete++
    }
    const finish = bytes.lastIndexOf('"tool_calls"')
    const stop = bytes.lastIndexOf('"tool_use"')
    const completed = bytes.lastIndexOf('"response.completed"')
    expect(incomplete).toBeGreaterThanOrEqual(Math.max(finish, stop, completed))
  })

  it('fails a stream whose events are no JSON instead of passing them on or over', () => {
    const { bytes, failure } = readOut(provider, [Buffer.from('data: {"choices": oops}\n\ndata: {}\n\n')])
    expect(bytes.toString()).toBe('')
    expect(failure).toMatchObject({ class: 'malformed', status: 200 })
  })

  it.each(['', '\n\n', ': ping\n\n', 'data: [DONE]\n\n', 'event: ping\ndata: {"type":"ping"}\n\n'])(
    'finds no complete answer in the stream %j',
    (text) => {
      const { bytes, reader } = readOut(provider, [Buffer.from(text)])
      expect(reader.isComplete).toBe(false)
      expect(reader.usage).toBeUndefined()
      expect(bytes.toString()).not.toContain('[DONE]')
    },
  )

  it('fails a stream with an event that never ends', () => {
    const piece = Buffer.alloc(1024 * 1024, 'x')
    const { failure } = readOut(provider, [Buffer.from('data: '), ...Array.from({ length: 9 }, () => piece)])
    expect(failure).toMatchObject({ class: 'malformed', message: expect.stringContaining('longer than') })
  })
}

function describeErrors(folder: string, provider: Provider): void {
  const cases = readErrorCases(folder)
  it('has an error of every class that a provider can have', () => {
    expect(cases.map(({ expected }) => expected['class'])).toEqual(expect.arrayContaining(ERROR_CLASSES))
  })
  for (const { about, status, headers, body, expected } of cases) {
    it(`reads the error ${status}, ${about}`, () => {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      expect(provider.readError(status, headers, bytes)).toEqual({ ...expected, status })
    })
  }
  it('cuts a long message short', () => {
    const body = Buffer.from(JSON.stringify({ error: { message: 'x'.repeat(5000) } }))
    expect(provider.readError(400, {}, body).message).toHaveLength(300)
  })
}

/** What a client sends along that is nobody else's business. */
const CLIENT_HEADERS = {
  authorization: 'Bearer fth_0123456789abcdef',
  'x-farthing-tier': 'standard',
  'x-farthing-session': 's-2',
  'x-farthing-tags': 'team=a',
  cookie: 'a=b',
}

function describeRequests(folder: string, provider: Provider): void {
  for (const { about, request, target, recalled, expected } of readRequestCases(folder)) {
    it(`builds the request: ${about}`, () => {
      const raw = readRequest(request)
      const asked = parseChatRequest(Buffer.from(raw), CLIENT_HEADERS)
      const before = structuredClone(asked.json())
      const aim = {
        route: routeFor(provider.id, target),
        outputCap: target.outputCap,
        recalled: new Map(Object.entries(recalled).map(([index, parts]) => [Number(index), parts])),
        mayThink: true,
      }
      const built = provider.buildRequest(asked, aim)
      const text = Buffer.from(built.body).toString('utf8')
      expect(JSON.parse(text)).toEqual('body' in expected ? expected.body : applied(raw, expected))
      expect(built.dropped.toSorted()).toEqual(expected.dropped.toSorted())
      expect(built.method).toBe('POST')
      expect(text + JSON.stringify(built.headers)).not.toMatch(/farthing|fth_|"routing"|cookie|s-1|s-2/)

      // Nothing of the client's was touched, and a second attempt gets the same.
      expect(asked.raw.equals(raw)).toBe(true)
      expect(asked.json()).toEqual(before)
      const again = provider.buildRequest(asked, aim)
      expect(again).toEqual(built)
    })
  }

  it('sends the key in one header, and nowhere else', () => {
    const headers = provider.authHeaders('sk-secret')
    expect(Object.values(headers).filter((value) => value.includes('sk-secret'))).toHaveLength(1)
    expect(Object.keys(headers)).toEqual([provider.id === 'anthropic' ? 'x-api-key' : 'authorization'])
  })

  it('keeps numbers as the client wrote them', () => {
    const asked = parseChatRequest(readRequest('everything'), CLIENT_HEADERS)
    const [first] = readRequestCases(folder)
    if (first === undefined) throw new Error(`there is no request for ${folder}`)
    const route = routeFor(provider.id, first.target)
    const { body } = provider.buildRequest(asked, { route, outputCap: null, mayThink: true })
    const text = Buffer.from(body).toString('utf8')
    expect(text).toMatch(/id\\?": ?12345678901234567890/)
    if (provider.id !== 'anthropic')
      expect(text).toContain('"x_vendor_new": {"deep":[1,2.50,1e3,{"\\u00e9":12345678901234567890}]}')
  })
}

/** The client's body with the changes that the fixture names. */
function applied(raw: Buffer, changes: Extract<RequestCase['expected'], { set: unknown }>): unknown {
  const body: Record<string, unknown> = JSON.parse(raw.toString('utf8'))
  for (const name of changes.remove) delete body[name]
  if (changes.systemRoles) {
    const messages: { role: string }[] = JSON.parse(JSON.stringify(body['messages']))
    for (const message of messages) if (message.role === 'developer') message.role = 'system'
    body['messages'] = messages
  }
  if (changes.unmarked) {
    body['messages'] = JSON.parse(JSON.stringify(body['messages']), (name, value) =>
      name === 'cache_control' ? undefined : value,
    )
  }
  if (changes.filled) {
    body['messages'] = JSON.parse(JSON.stringify(body['messages']), (name, value) =>
      name === 'arguments' && value === '' ? '{}' : value,
    )
  }
  if (changes.instruction !== undefined) {
    const [first, ...others]: { content: string }[] = JSON.parse(JSON.stringify(body['messages']))
    body['messages'] = [{ ...first, content: `${first?.content}\n\n${changes.instruction}` }, ...others]
  }
  return { ...body, ...changes.set }
}
