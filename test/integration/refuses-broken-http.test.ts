// What is wrong with the HTTP itself: the sender is told, in OpenAI's shape and with a request id, its connection ends,
// and nobody else notices. What HTTP allows and few clients do is served.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat, expectNothingLost, PROMPT, post } from '../support/nothing-lost.ts'
import { openWire, type Wire } from '../support/wire.ts'

let gateway: TestGateway
let wire: Wire
beforeAll(async () => {
  gateway = await startGateway({ config: { server: { request_timeout_ms: 1000 } } })
})
afterAll(() => gateway.close())
beforeEach(async () => {
  wire = await openWire(gateway.url)
  return () => wire.destroy()
})

async function expectEnd(status: number, code: string, says: RegExp): Promise<void> {
  const answer = await wire.answer()
  expect(answer.headers).toMatchObject({
    'x-request-id': expect.stringMatching(/^req_[a-z0-9]+$/),
    'content-type': 'application/json; charset=utf-8',
    connection: 'close',
  })
  expect({ status: answer.status, body: JSON.parse(answer.body) }).toEqual({
    status,
    body: {
      error: { message: expect.stringMatching(says), type: 'invalid_request_error', param: null, code },
    },
  })
  expect(answer.body).not.toContain(PROMPT)
  await wire.closed
  await expectNothingLost(gateway)
}

const head = (...lines: string[]): string =>
  ['POST /v1/chat/completions HTTP/1.1', 'host: x', 'content-type: application/json', ...lines, '', ''].join(
    '\r\n',
  )
const authorized = (...lines: string[]): string => head(`authorization: Bearer ${gateway.key}`, ...lines)

describe('malformed', () => {
  it.each<[string, () => string | Uint8Array]>([
    ['words', () => `HELLO ${PROMPT}\r\n\r\n`],
    ['a TLS handshake', () => Buffer.from('16030100fa010000f60303', 'hex')],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a version to come', () => 'GET /healthz HTTP/7.0\r\nhost: x\r\n\r\n'],
    ['a key with a newline', () => head('authorization: Bearer fth_a\nb', 'content-length: 2')],
    [
      'a key with a line folded',
      () => head('authorization: Bearer fth_a\r\n b\r\n\tc\0', 'content-length: 0'),
    ],
    ['a NUL in a header', () => head(`x-note: ${PROMPT}\0`)],
    ['a blank in the name of a header', () => head('x note: a')],
    ['two lengths', () => authorized('content-length: 5', 'content-length: 6')],
    [
      'a length and chunks',
      () => `${authorized('content-length: 5', 'transfer-encoding: chunked')}0\r\n\r\n`,
    ],
    ['a length below nothing', () => authorized('content-length: -5')],
    ['a length that is no number', () => authorized('content-length: many')],
    ['an unknown transfer encoding', () => authorized('transfer-encoding: gzip')],
    ['chunks without their lengths', () => `${authorized('transfer-encoding: chunked')}zz\r\n${PROMPT}\r\n`],
  ])('%s', async (_, bytes) => {
    wire.send(bytes())
    await expectEnd(400, 'invalid_request_error', /not well-formed HTTP/)
  })

  it('a body that goes on after its declared length', async () => {
    const body = chat()
    wire.send(`${authorized('content-length: 5')}${body}`)
    await expectEnd(400, 'invalid_request_error', /not well-formed HTTP/)
  })

  it('a body that ends before its declared length', async () => {
    wire.send(`${authorized('content-length: 5000')}${chat()}`)
    wire.socket.end()
    await expectEnd(400, 'invalid_request_error', /not well-formed HTTP/)
  })
})

describe('too much or too slow', () => {
  it.each([
    ['a header of 100 KB', () => head(`x-large: ${'a'.repeat(100_000)}`)],
    [
      'three thousand headers',
      () => head(...Array.from({ length: 3000 }, (_, index) => `x-${index}: a-value`)),
    ],
    ['a path of 100 KB', () => `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`],
    ['a key of 100 KB', () => head(`authorization: Bearer fth_${'a'.repeat(100_000)}`)],
  ])('%s', async (_, bytes) => {
    wire.send(bytes())
    await expectEnd(431, 'headers_too_large', /32768 bytes .*server\.max_header_bytes/)
  })

  it.each([
    ['an upload of a byte now and then', () => authorized('content-length: 100')],
    ['an upload in chunks of a byte', () => authorized('transfer-encoding: chunked')],
    ['a header of a byte now and then', () => 'POST /v1/chat/completions HTTP/1.1\r\nx-slow: '],
    ['nothing at all', () => ''],
  ])('%s', async (what, start) => {
    const startedAt = performance.now()
    wire.send(start())
    const drop = what.includes('chunks') ? '1\r\na\r\n' : 'a'
    const timer = setInterval(() => what !== 'nothing at all' && wire.send(drop), 300)
    await expectEnd(408, 'request_timeout', /not complete in time/)
    clearInterval(timer)
    expect(performance.now() - startedAt).toBeLessThan(4000)
  })

  it('a client that leaves in the middle of its upload', async () => {
    wire.send(`${authorized('content-length: 5000')}${chat()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
    wire.socket.resetAndDestroy()
    await expectNothingLost(gateway)
  })
})

it('CONNECT is refused: this is no proxy', async () => {
  wire.send('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n')
  await expectEnd(405, 'method_not_allowed', /no proxy/)
})

it('an answer that has begun is not followed by another one’s refusal', async () => {
  for (const provider of Object.values(gateway.fleet.providers))
    provider.setLatency({ firstByteMs: 0, chunkMs: 20 })
  // A provider that is stopped when its client leaves: others would be read to the end.
  wire.send(post(gateway, chat({ model: 'openai/gpt-6-luna', stream: true })))
  await expect.poll(() => wire.socket.bytesRead).toBeGreaterThan(1000)
  wire.send('\0\0\0\r\n\r\n')
  await wire.closed
  const text = await wire.answer().catch(String)
  expect(text).toMatch(/the connection ended/)
  expect(text).not.toMatch(/not well-formed/)
  for (const provider of Object.values(gateway.fleet.providers))
    provider.setLatency({ firstByteMs: 0, chunkMs: 0 })
  await expectNothingLost(gateway)
})

describe('served although it is unusual', () => {
  it('requests one behind the other, good and bad, are answered in their order', async () => {
    wire.send(
      Buffer.concat([
        post(gateway, '{'),
        post(gateway, chat()),
        post(gateway, chat({ model: 'nobody' })),
        post(gateway, chat()),
      ]),
    )
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) statuses.push((await wire.answer()).status)
    expect(statuses).toEqual([400, 200, 404, 200])
    await expectNothingLost(gateway, wire)
  })

  it('a client that asks before it uploads', async () => {
    const body = chat()
    wire.send(authorized('expect: 100-continue', `content-length: ${body.length}`))
    expect(await wire.answer()).toMatchObject({ status: 100 })
    wire.send(body)
    expect((await wire.answer()).status).toBe(200)
    await expectNothingLost(gateway, wire)
  })

  it('a body in chunks, split anywhere', async () => {
    wire.send(authorized('transfer-encoding: chunked'))
    for (const byte of Buffer.from(chat()).toString('latin1')) wire.send(`1\r\n${byte}\r\n`)
    wire.send('0\r\nx-trailer: a\r\n\r\n')
    expect((await wire.answer()).status).toBe(200)
    await expectNothingLost(gateway, wire)
  })

  it('HTTP/1.0, without a Host', async () => {
    const body = chat()
    const lines = [
      'POST /v1/chat/completions HTTP/1.0',
      `authorization: Bearer ${gateway.key}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
    ]
    wire.send(`${lines.join('\r\n')}\r\n\r\n${body}`)
    expect((await wire.answer()).status).toBe(200)
    await expectNothingLost(gateway)
  })

  it('HEAD, with the headers that GET would have and no body', async () => {
    wire.send(`HEAD /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\n\r\n`)
    const [statusLine] = (await wire.headOnly()).split('\r\n')
    expect(statusLine).toBe('HTTP/1.1 200 OK')
    await expectNothingLost(gateway, wire)
  })
})
