// Everything a client can send wrong gets OpenAI's error JSON with a request id, says what would be right, and costs nothing.

import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { server: { request_timeout_ms: 1500 } } })
})
afterAll(() => gateway.close())

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string
  }
}

async function send(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  path = '/v1/chat/completions',
  method = 'POST',
): Promise<Answer> {
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers },
    ...(method === 'GET' ? {} : { body }),
  })
  const { error }: { error: Answer['error'] } = JSON.parse(await response.text())
  return { status: response.status, headers: response.headers, error }
}

const OK = { model: 'auto', messages: [{ role: 'user', content: 'hi' }] }
const json = (changes: object): string => JSON.stringify({ ...OK, ...changes })

describe('bad input', () => {
  it.each<[string, string, number, string, RegExp]>([
    ['no JSON', 'hello', 400, 'invalid_request_error', /JSON object/],
    ['truncated JSON', json({}).slice(0, -5), 400, 'invalid_request_error', /not valid JSON: .* at byte \d+/],
    ['an empty body', '', 400, 'invalid_request_error', /empty/],
    ['no messages', '{"model":"auto"}', 400, 'invalid_request_error', /messages/],
    ['empty messages', json({ messages: [] }), 400, 'invalid_request_error', /at least one/],
    [
      'a wrong role',
      json({ messages: [{ role: 'king', content: '' }] }),
      400,
      'invalid_request_error',
      /system, developer, user/,
    ],
    ['an unknown model', json({ model: 'gpt-6-lunar' }), 404, 'model_not_found', /gpt-6-luna/],
    [
      'a model name full of control characters',
      json({ model: '\u0007\n<script>' }),
      404,
      'model_not_found',
      /Nearest/,
    ],
    [
      'an unknown routing key',
      json({ routing: { cheapest: true } }),
      400,
      'invalid_request_error',
      /tier, max_cost_usd/,
    ],
    ['a negative cap', json({ max_tokens: -5 }), 400, 'invalid_request_error', /from 1 up/],
    [
      'an unknown content part',
      json({ messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }),
      400,
      'invalid_request_error',
      /image_url/,
    ],
    [
      '1,000 tools',
      json({ tools: Array.from({ length: 1000 }, () => ({ type: 'function', function: { name: 'f' } })) }),
      400,
      'invalid_request_error',
      /at most 128/,
    ],
    [
      'a NUL in a string',
      json({ messages: [{ role: 'user', content: 'a\u0000b' }] }),
      400,
      'invalid_request_error',
      /NUL/,
    ],
    ['stream as text', json({ stream: 'yes' }), 400, 'invalid_request_error', /true or false/],
  ])('%s', async (_, body, status, code, message) => {
    const answer = await send(body)
    expect(answer).toMatchObject({ status, error: { code, type: 'invalid_request_error' } })
    expect(answer.error.message).toMatch(message)
    expect(answer.headers.get('x-request-id')).toMatch(/^req_[a-z0-9]+$/)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
  })

  it('invalid UTF-8', async () => {
    const bytes = new Uint8Array([
      ...Buffer.from('{"model":"auto","messages":[{"role":"user","content":"'),
      0xc3,
      0x28,
      ...Buffer.from('"}]}'),
    ])
    expect(await send(bytes)).toMatchObject({
      status: 400,
      error: { message: expect.stringMatching(/UTF-8/) },
    })
  })

  it('a body of 20 MB', async () => {
    expect(await send(json({ messages: [{ role: 'user', content: 'x'.repeat(20_000_000) }] }))).toMatchObject(
      { status: 413, error: { code: 'request_too_large' } },
    )
  })

  it('a wrong content type, method, path', async () => {
    expect(await send(json({}), { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
      error: { code: 'unsupported_media_type' },
    })
    const wrongMethod = await send('', {}, '/v1/chat/completions', 'GET')
    expect(wrongMethod).toMatchObject({ status: 405, error: { code: 'method_not_allowed' } })
    expect(wrongMethod.headers.get('allow')).toBe('POST')
    expect(await send(json({}), {}, '/v1/nothing')).toMatchObject({
      status: 404,
      error: { code: 'not_found' },
    })
  })

  it('no key, a wrong one, one with a newline', async () => {
    for (const authorization of ['', 'Bearer', 'Bearer sk-1', 'Bearer fth_unknown', `Basic ${gateway.key}`]) {
      expect(await send(json({}), { authorization })).toMatchObject({
        status: 401,
        error: { code: 'invalid_api_key' },
      })
    }
    const answer = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer fth_a\nb\r\ncontent-length: 2\r\n\r\n{}`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 40[01] /)
    expect(answer).toMatch(/x-request-id: req_/)
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({
      error: { type: 'invalid_request_error' },
    })
  })

  it('a header of 100 KB', async () => {
    const answer = await raw(`GET /v1/models HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(100_000)}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
    expect(answer).toMatch(/x-request-id: req_/)
    expect(answer).toMatch(/"code":"headers_too_large"/)
  })

  it('bytes that are no HTTP', async () => {
    expect(await raw('HELLO\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"invalid_request_error"/)
  })

  it('an upload of one byte a second', async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString()
      })
      socket.on('close', () => resolve(text))
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n`,
      )
      const timer = setInterval(() => socket.write('{'), 1000)
      socket.on('close', () => clearInterval(timer))
    })
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toMatch(/"code":"request_timeout"/)
  })

  it('a client that leaves in the middle of its upload does no harm', async () => {
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${gateway.key}`,
          'content-type': 'application/json',
          'content-length': '100',
        },
      })
      request.on('error', () => resolve())
      request.write('{"model"')
      setTimeout(() => request.destroy(new Error('gone')), 50)
    })
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200)
  })

  it('cost nothing and reached nobody', async () => {
    for (const provider of Object.values(gateway.fleet.providers)) expect(provider.requests).toEqual([])
    const spend: { total: { requests: number; cost_usd: number } } = JSON.parse(
      await (await gateway.admin('/spend')).text(),
    )
    expect(spend.total).toMatchObject({ requests: 0, cost_usd: 0 })
  })
})

/** What comes back for bytes written as they are. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('close', () => resolve(text))
    socket.on('error', () => resolve(text))
    setTimeout(() => socket.destroy(), 3000).unref()
  })
}
