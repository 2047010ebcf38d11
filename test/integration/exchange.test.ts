import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { AttemptFailure } from '../../src/core/failure.ts'
import { createUpstream, type Deadlines, type Exchange, type Upstream } from '../../src/upstream/exchange.ts'
import { createPools } from '../../src/upstream/pools.ts'

const PATIENT: Deadlines = { connectMs: 5_000, firstByteMs: 5_000, betweenChunksMs: 5_000, totalMs: 10_000 }
const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function serve(listener: RequestListener): Promise<URL> {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return urlOf(server.address())
}

function urlOf(address: ReturnType<Server['address']>): URL {
  if (typeof address !== 'object' || address === null) throw new Error('not listening')
  return new URL(`http://127.0.0.1:${address.port}/base`)
}

function start(): Upstream {
  const upstream = createUpstream(createPools({ connectTimeoutMs: 5_000 }))
  closers.push(() => upstream.close())
  return upstream
}

interface Outcome {
  status: number | null
  text: string
  failure: AttemptFailure | null
  elapsedMs: number
}

function run(
  baseUrl: URL,
  deadlines: Deadlines,
  onData?: (exchange: Exchange, chunk: Buffer) => void,
): Promise<Outcome> {
  const upstream = start()
  const startedAt = performance.now()
  return new Promise((resolve) => {
    let status: number | null = null
    let text = ''
    const end = (failure: AttemptFailure | null): void =>
      resolve({ status, text, failure, elapsedMs: performance.now() - startedAt })
    const request = {
      method: 'POST',
      path: '/x?y=1',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{"a":1}'),
      isStream: false,
      toolNames: new Map(),
      dropped: [],
    } as const
    const exchange = upstream.send(
      { baseUrl, request, authHeaders: { authorization: 'Bearer k' } },
      deadlines,
      {
        onHead(answerStatus) {
          status = answerStatus
        },
        onData(chunk) {
          text += chunk.toString()
          onData?.(exchange, chunk)
        },
        onEnd: () => end(null),
        onFailure: end,
      },
    )
  })
}

describe('an exchange', () => {
  it('sends what it is given and hands on what comes', async () => {
    const seen: Record<string, unknown> = {}
    const url = await serve((request: IncomingMessage, response: ServerResponse) => {
      Object.assign(seen, { path: request.url, method: request.method, key: request.headers.authorization })
      request.setEncoding('utf8').on('data', (chunk: string) => Object.assign(seen, { body: chunk }))
      request.on('end', () => response.writeHead(201).end('hello'))
    })
    expect(await run(url, PATIENT)).toMatchObject({ status: 201, text: 'hello', failure: null })
    expect(seen).toEqual({ path: '/base/x?y=1', method: 'POST', key: 'Bearer k', body: '{"a":1}' })
  })

  it('calls a refused connection by its name', async () => {
    const server = createTcpServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = urlOf(server.address())
    await new Promise((resolve) => server.close(resolve))
    expect(await run(url, PATIENT)).toMatchObject({
      status: null,
      failure: { class: 'connect', code: 'ECONNREFUSED' },
    })
  })

  it('gives up on a connection that does not come about, and sends nothing when it does after all', async () => {
    let isOpen = false
    const received: string[] = []
    // Takes the connection and answers the TLS handshake of nobody.
    const server = createTcpServer((socket) => {
      isOpen = true
      socket.on('error', () => undefined).on('data', (chunk) => received.push(chunk.toString('latin1')))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(async () => server.close())
    const url = urlOf(server.address())
    url.protocol = 'https:'
    const outcome = await run(url, { ...PATIENT, connectMs: 150 })
    expect(outcome.failure).toMatchObject({
      class: 'connect',
      code: 'connect',
      message: 'no connection within 150 ms',
    })
    expect(outcome.elapsedMs).toBeGreaterThanOrEqual(145)
    expect(outcome.elapsedMs).toBeLessThan(1_000)
    expect(isOpen).toBe(true)
    expect(received.join('')).not.toContain('{"a":1}')
  })

  it('gives up on a provider that says nothing', async () => {
    const url = await serve(() => {})
    const outcome = await run(url, { ...PATIENT, firstByteMs: 150 })
    expect(outcome.failure).toMatchObject({ class: 'timeout', code: 'first_byte' })
    expect(outcome.elapsedMs).toBeGreaterThanOrEqual(145)
    expect(outcome.elapsedMs).toBeLessThan(1_000)
  })

  it('does not take keep-alives for content', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('\n'), 20)
      response.on('close', () => clearInterval(timer))
    })
    expect((await run(url, { ...PATIENT, firstByteMs: 200 })).failure).toMatchObject({
      class: 'timeout',
      code: 'first_byte',
    })
  })

  it('gives up on a stream that stalls, once content has started', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200)
      response.write('one')
      setTimeout(() => response.write('two'), 100)
    })
    const outcome = await run(url, { ...PATIENT, firstByteMs: 50_000, betweenChunksMs: 200 }, (exchange) =>
      exchange.contentStarted(),
    )
    expect(outcome).toMatchObject({ text: 'onetwo', failure: { class: 'timeout', code: 'between_chunks' } })
    expect(outcome.elapsedMs).toBeGreaterThanOrEqual(295)
  })

  it('does not blame the provider for a reader that pauses', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200)
      response.write('one')
      setTimeout(() => response.end('two'), 20)
    })
    const outcome = await run(url, { ...PATIENT, betweenChunksMs: 100 }, (exchange, chunk) => {
      exchange.contentStarted()
      if (chunk.toString() !== 'one') return
      exchange.pause()
      setTimeout(() => exchange.resume(), 300)
    })
    expect(outcome).toMatchObject({ text: 'onetwo', failure: null })
  })

  it('has a deadline for the whole', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('x'), 20)
      response.on('close', () => clearInterval(timer))
    })
    const outcome = await run(url, { ...PATIENT, totalMs: 250 }, (exchange) => exchange.contentStarted())
    expect(outcome.failure).toMatchObject({ class: 'timeout', code: 'total' })
  })

  it('tells a connection that breaks in the middle of an answer', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('half')
      setTimeout(() => response.destroy(), 20)
    })
    expect(await run(url, PATIENT)).toMatchObject({
      status: 200,
      text: 'half',
      failure: { class: 'interrupted' },
    })
  })

  it('tells an answer that is not HTTP', async () => {
    const server = createTcpServer((socket) => socket.once('data', () => socket.end('what?\r\n\r\n')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => new Promise((resolve) => server.close(resolve)))
    expect(await run(urlOf(server.address()), PATIENT)).toMatchObject({
      status: null,
      failure: { class: 'malformed' },
    })
  })

  it('closes the connection within 100 ms when it is aborted, and says nothing more', async () => {
    let closedAt = 0
    const url = await serve((_, response) => {
      response.writeHead(200)
      response.write('one')
      response.on('close', () => {
        closedAt = performance.now()
      })
    })
    let abortedAt = 0
    const outcome = await Promise.race([
      run(url, PATIENT, (exchange) => {
        abortedAt = performance.now()
        exchange.abort()
      }),
      new Promise((resolve) => setTimeout(resolve, 300, 'silence')),
    ])
    expect(outcome).toBe('silence')
    expect(closedAt).toBeGreaterThan(0)
    expect(closedAt - abortedAt).toBeLessThan(100)
  })

  it('never sends anything twice, even when the provider closes an idle connection', async () => {
    let requests = 0
    const url = await serve((request, response) => {
      requests++
      request.resume().on('end', () => (requests === 1 ? response.end('ok') : request.socket.destroy()))
    })
    const upstream = start()
    const send = (): Promise<string> =>
      new Promise((resolve) => {
        const request = {
          method: 'POST',
          path: '/',
          headers: {},
          body: Buffer.from('{}'),
          isStream: false,
          toolNames: new Map(),
          dropped: [],
        } as const
        upstream.send({ baseUrl: url, request, authHeaders: {} }, PATIENT, {
          onHead() {},
          onData() {},
          onEnd: () => resolve('end'),
          onFailure: (failure) => resolve(failure.class),
        })
      })
    expect(await send()).toBe('end')
    expect(await send()).toBe('connect')
    expect(requests).toBe(2)
  })
})
