// Connect, first byte, between chunks, total: each is configurable, for all providers or for one, and each is kept.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type GatewayOptions, startGateway, type TestGateway } from '../support/gateway.ts'

const LUNA = 'openai/gpt-6-luna'
const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]
const LONG = { connect_ms: 5_000, first_byte_ms: 5_000, between_chunks_ms: 5_000, total_ms: 10_000 }

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function start(options: GatewayOptions): Promise<TestGateway> {
  const gateway = await startGateway(options)
  closers.push(() => gateway.close())
  return gateway
}

interface Measured {
  readonly status: number
  readonly text: string
  readonly elapsedMs: number
  readonly attempts: readonly { outcome: string; reason: string | null; usage_source: string | null }[]
}

async function ask(gateway: TestGateway, body: object = {}): Promise<Measured> {
  const startedAt = performance.now()
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: LUNA, messages: HELLO, ...body }),
  })
  const text = await response.text()
  const elapsedMs = performance.now() - startedAt
  const details: { attempts: Measured['attempts'] } = JSON.parse(
    JSON.stringify(await gateway.settled(response.headers.get('x-request-id') ?? '')),
  )
  return { status: response.status, text, elapsedMs, attempts: details.attempts }
}

/** `value` for all providers in one case, for OpenAI alone in the other, where the general one is far away. */
const SCOPES: readonly [string, (deadlines: object) => NonNullable<GatewayOptions['config']>][] = [
  ['for all', (deadlines) => ({ deadlines: { ...LONG, ...deadlines } })],
  ['for one provider', (deadlines) => ({ deadlines: LONG, providers: { openai: { deadlines } } })],
]

describe.each(SCOPES)('a deadline %s', (_, configure) => {
  it('connect', async () => {
    // Takes connections and never answers a TLS handshake.
    const silent = createServer((socket) => void socket.on('error', () => undefined))
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    closers.push(async () => silent.close())
    const address = silent.address()
    if (address === null || typeof address === 'string') throw new Error('not listening')
    const gateway = await start({
      config: configure({ connect_ms: 150 }),
      env: { OPENAI_BASE_URL: `https://127.0.0.1:${address.port}/v1` },
    })
    const { status, elapsedMs, attempts } = await ask(gateway)
    expect(status).toBe(502)
    expect(elapsedMs).toBeLessThan(2_000)
    expect(attempts).toMatchObject([
      { outcome: 'connect', reason: 'no connection within 150 ms', usage_source: null },
    ])
  })

  it('first byte', async () => {
    const gateway = await start({ config: configure({ first_byte_ms: 150 }) })
    for (const stream of [false, true]) {
      gateway.fleet.providers.openai.faults.push({ kind: 'hang' })
      const { status, elapsedMs, attempts } = await ask(gateway, { stream })
      expect(status).toBe(504)
      expect(elapsedMs).toBeGreaterThanOrEqual(145)
      expect(elapsedMs).toBeLessThan(2_000)
      // It may have been working on an answer, and bill it.
      expect(attempts).toMatchObject([
        { outcome: 'timeout', reason: 'no answer within 150 ms (first byte)', usage_source: 'estimated' },
      ])
    }
  })

  it('between chunks', async () => {
    const gateway = await start({ config: configure({ between_chunks_ms: 150 }) })
    gateway.fleet.providers.openai.faults.push({ kind: 'stall_after_chunks', chunks: 3 })
    const { status, text, elapsedMs, attempts } = await ask(gateway, { stream: true })
    expect(status).toBe(200)
    expect(text).toMatch(/"code":"stream_interrupted"/)
    expect(text).not.toContain('[DONE]')
    expect(elapsedMs).toBeLessThan(2_000)
    expect(attempts).toMatchObject([
      { outcome: 'timeout', reason: 'no answer within 150 ms (between chunks)', usage_source: 'estimated' },
    ])
  })

  it('total', async () => {
    const gateway = await start({
      config: configure({ connect_ms: 100, first_byte_ms: 300, total_ms: 300 }),
    })
    gateway.fleet.providers.openai.setLatency({ firstByteMs: 0, chunkMs: 50 })
    const { status, text, elapsedMs, attempts } = await ask(gateway, { stream: true })
    expect(status).toBe(200)
    expect(text).toMatch(/"code":"stream_interrupted"/)
    expect(elapsedMs).toBeGreaterThanOrEqual(290)
    expect(elapsedMs).toBeLessThan(2_000)
    expect(attempts).toMatchObject([
      { outcome: 'timeout', reason: expect.stringMatching(/^no answer within (?:300|2\d\d) ms \(total\)$/) },
    ])
  })
})

it('the total deadline is that of the request: what is tried again has what is left, and nothing comes after it', async () => {
  const gateway = await start({
    config: {
      deadlines: { connect_ms: 100, first_byte_ms: 200, between_chunks_ms: 200, total_ms: 300 },
      routing: { max_attempts: 10 },
    },
  })
  for (const provider of Object.values(gateway.fleet.providers))
    provider.faults.push({ kind: 'hang', times: 20 })
  const { status, elapsedMs, attempts } = await ask(gateway, { model: 'economy' })
  expect(status).toBe(504)
  expect(elapsedMs).toBeLessThan(1_000)
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout'])
})
