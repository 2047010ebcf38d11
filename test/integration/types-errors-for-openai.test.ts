// Each error as OpenAI's own client types it, with what decides whether that client tries again.

import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPEN_CALLER } from '../../src/access/authenticator.ts'
import { systemClock } from '../../src/core/clock.ts'
import { ERROR_ROWS, type ErrorKind, GatewayError } from '../../src/core/errors.ts'
import { createServer } from '../../src/http/server.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

/** By OpenAI's client: 408, 409, 429 and 5xx, unless it is told otherwise. */
const isRepeated = (kind: ErrorKind, status: number): boolean =>
  kind !== 'insufficient_quota' && (status === 408 || status === 429 || status >= 500)

const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    config: { deadlines: { first_byte_ms: 500 }, routing: { max_attempts: 2 } },
  })
})
afterAll(() => gateway.close())

async function errorOf(call: PromiseLike<unknown>): Promise<unknown> {
  return call.then(
    () => 'no error',
    (error: unknown) => error,
  )
}

const clientWith = (apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })

describe('from a gateway', () => {
  it('400, 401, 403 and 404 have classes of their own', async () => {
    const { completions } = gateway.client.chat
    const bad = await errorOf(completions.create({ model: 'auto', messages: [] }))
    expect(bad).toBeInstanceOf(OpenAI.BadRequestError)
    expect(bad).toMatchObject({ status: 400, code: 'invalid_request_error', param: 'messages' })
    expect(bad).toMatchObject({ type: 'invalid_request_error', requestID: expect.stringMatching(/^req_/) })

    const stranger = await errorOf(clientWith('fth_nobody').models.list())
    expect(stranger).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(stranger).toMatchObject({ status: 401, code: 'invalid_api_key' })

    const narrow = clientWith(await gateway.createKey({ models: { deny: ['openai/*'] } }))
    const denied = await errorOf(
      narrow.chat.completions.create({ model: 'openai/gpt-6-luna', messages: HELLO }),
    )
    expect(denied).toBeInstanceOf(OpenAI.PermissionDeniedError)
    expect(denied).toMatchObject({ status: 403, code: 'model_not_allowed', param: 'model' })

    const unknown = await errorOf(completions.create({ model: 'gpt-99', messages: HELLO }))
    expect(unknown).toBeInstanceOf(OpenAI.NotFoundError)
    expect(unknown).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
  })

  it('what the provider found wrong comes with its status and its words', async () => {
    const model = 'openai/gpt-6-luna'
    gateway.fleet.providers.openai.faults.push({
      kind: 'status',
      status: 422,
      body: {
        error: {
          message: 'The image is too small.',
          type: 'invalid_request_error',
          param: null,
          code: 'small',
        },
      },
    })
    const error = await errorOf(gateway.client.chat.completions.create({ model, messages: HELLO }))
    expect(error).toBeInstanceOf(OpenAI.UnprocessableEntityError)
    expect(error).toMatchObject({
      status: 422,
      code: 'small',
      message: expect.stringMatching(/The image is too small/),
    })
  })

  it('502 and 504 are errors of a server', async () => {
    const { completions } = gateway.client.chat
    const model = 'openai/gpt-5-mini'
    gateway.fleet.providers.openai.faults.push({ kind: 'server_error', times: 2 })
    const failed = await errorOf(completions.create({ model, messages: HELLO }))
    expect(failed).toBeInstanceOf(OpenAI.InternalServerError)
    expect(failed).toMatchObject({ status: 502, code: 'upstream_error', type: 'server_error' })
    gateway.fleet.providers.openai.faults.push({ kind: 'hang' })
    const late = await errorOf(completions.create({ model, messages: HELLO }))
    expect(late).toBeInstanceOf(OpenAI.InternalServerError)
    expect(late).toMatchObject({ status: 504, code: 'upstream_timeout' })
  })

  it('a stream that breaks off throws in the middle of reading', async () => {
    gateway.fleet.providers.openai.faults.push({ kind: 'die_after_chunks', chunks: 4 })
    const stream = await gateway.client.chat.completions.create({
      model: 'openai/gpt-6-luna',
      messages: HELLO,
      stream: true,
    })
    let chunks = 0
    const read = async (): Promise<void> => {
      for await (const chunk of stream) chunks += chunk.choices.length
    }
    const error = await errorOf(read())
    expect(chunks).toBeGreaterThan(0)
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({ code: 'stream_interrupted', type: 'server_error' })
  })
})

describe('of every kind', () => {
  const CLASSES: Partial<Record<number, new (...input: never[]) => Error>> = {
    400: OpenAI.BadRequestError,
    401: OpenAI.AuthenticationError,
    403: OpenAI.PermissionDeniedError,
    404: OpenAI.NotFoundError,
    429: OpenAI.RateLimitError,
    500: OpenAI.InternalServerError,
    502: OpenAI.InternalServerError,
    503: OpenAI.InternalServerError,
    504: OpenAI.InternalServerError,
  }
  let error: GatewayError
  let calls = 0
  let client: OpenAI
  const server = createServer({
    limits: { bodyLimitBytes: 1_000_000, requestTimeoutMs: 10_000, maxHeaderBytes: 32_768 },
    authenticate: () => OPEN_CALLER,
    complete({ client: reply }) {
      calls++
      reply.fail(error, [])
    },
    listModels: () => [],
    readiness: () => ({ isReady: true, reason: null }),
    metrics: { render: async () => ({ contentType: 'text/plain', body: '' }), token: null },
    onInternalError: (_, thrown) => expect.fail(String(thrown)),
    admin: {
      adminKey: null,
      keys: { create: never, list: never, get: never, patch: never, rotate: never, revoke: never },
      budgets: { list: never, get: never, put: never, remove: never, reset: never },
      spend: { report: never, csv: never },
      requests: { list: never, get: never },
      content: { read: never, forget: never, forgetTeam: never },
      reload: never,
      reconcile: never,
      audit: { record: never, list: never, lastResetMs: never },
      traffic: never,
      explain: never,
      providerStatus: () => [],
      clock: systemClock,
    },
  })
  beforeAll(async () => {
    const url = await server.listen({ host: '127.0.0.1', port: 0 })
    client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'fth_x', maxRetries: 1 })
    return () => server.close()
  })

  it.each(Object.entries(ERROR_ROWS))('%s', async (name, { status, code, type }) => {
    const kind = Object.keys(ERROR_ROWS).find((known): known is ErrorKind => known === name)
    if (kind === undefined) throw new Error(`no kind ${name}`)
    calls = 0
    // A client that waits as it is told to, but not for the length of a test.
    error = new GatewayError(kind, 'What was wrong.', {
      param: 'messages',
      headers: { 'retry-after-ms': '5' },
    })
    const thrown = await errorOf(client.chat.completions.create({ model: 'auto', messages: HELLO }))
    expect(thrown).toBeInstanceOf(CLASSES[status] ?? OpenAI.APIError)
    expect(thrown).toMatchObject({ status, code, type, param: 'messages' })
    expect(thrown).toMatchObject({ message: expect.stringContaining('What was wrong.') })
    expect(calls).toBe(isRepeated(kind, status) ? 2 : 1)
  })

  it('retry-after is passed on as the error has it', async () => {
    error = new GatewayError('rate_limit_exceeded', 'Too many.', {
      headers: { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' },
    })
    const once = client.withOptions({ maxRetries: 0 })
    expect(await errorOf(once.chat.completions.create({ model: 'auto', messages: HELLO }))).toSatisfy(
      (thrown: unknown) =>
        thrown instanceof OpenAI.RateLimitError &&
        thrown.headers.get('retry-after') === '7' &&
        thrown.headers.get('x-ratelimit-remaining-requests') === '0' &&
        thrown.headers.get('x-should-retry') === null,
    )
  })
})

async function never(): Promise<never> {
  throw new Error('nobody asks for this')
}
