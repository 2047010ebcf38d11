// A provider of chat completions on a real socket, that speaks one vendor's wire, bills like it, fails like it when asked,
// and keeps its own books.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { ProviderId } from '../core/route.ts'
import { type Books, createBookKeeper } from './books.ts'
import type { Latency } from './delivery.ts'
import { createExchanges } from './exchanges.ts'
import { createFaultQueue, type FaultQueue } from './faults.ts'
import { isObject, type JsonObject } from './json-value.ts'
import { createPrefixCache } from './prefix-cache.ts'
import { keepLast, type ReceivedAbort, type ReceivedRequest } from './request-log.ts'
import type { SimulatedModel } from './simulated-model.ts'
import { wiresOf } from './wire.ts'

export interface SimulatedProviderOptions {
  readonly provider: ProviderId
  readonly models: readonly SimulatedModel[]
  readonly clock: Clock
  /** 0 or none: any free port. */
  readonly port?: number
  /** The only key it takes; `sim-<provider>` unless said otherwise. */
  readonly apiKey?: string
  /** By what a request can be found in the books; nothing unless told. */
  readonly readReference?: (body: JsonObject) => string | null
}

export interface SimulatedProvider {
  readonly provider: ProviderId
  /** As the vendor's `*_BASE_URL` variable is written. */
  readonly baseUrl: string
  readonly apiKey: string
  readonly models: readonly SimulatedModel[]
  readonly books: Books
  readonly faults: FaultQueue
  /** The last requests, oldest first. */
  readonly requests: readonly ReceivedRequest[]
  /** The last clients that left early, oldest first. */
  readonly aborts: readonly ReceivedAbort[]
  /** Answers that are under way now. */
  readonly openStreams: number
  setLatency(latency: Partial<Latency>): void
  close(): Promise<void>
}

export async function startSimulatedProvider(options: SimulatedProviderOptions): Promise<SimulatedProvider> {
  const {
    provider,
    models,
    clock,
    port = 0,
    apiKey = `sim-${provider}`,
    readReference = () => null,
  } = options
  const wires = wiresOf(provider)
  const keeper = createBookKeeper()
  const faults = createFaultQueue()
  const requests: ReceivedRequest[] = []
  const aborts: ReceivedAbort[] = []
  const exchanges = createExchanges({
    provider,
    wires,
    models,
    apiKey,
    clock,
    keeper,
    faults,
    cache: createPrefixCache(provider, clock),
    readReference,
    onAbort: (abort) => keepLast(aborts, abort),
  })

  const server = createServer((request, response) => {
    void receive(request).then((bytes) => {
      if (bytes === null) return undefined
      const received = describe(request, bytes, clock)
      keepLast(requests, received)
      return exchanges.answer(received, response).catch((error: unknown) => fail(response, error))
    })
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the simulated provider has no port')
  return {
    provider,
    baseUrl: `http://127.0.0.1:${address.port}${wires[0].basePath}`,
    apiKey,
    models,
    books: keeper.books,
    faults,
    requests,
    aborts,
    get openStreams() {
      return exchanges.open
    },
    setLatency: (changes) => exchanges.setLatency(changes),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The body's bytes; null when the client left before it had sent them. */
function receive(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('close', () => resolve(null))
    request.on('error', () => resolve(null))
  })
}

function describe(request: IncomingMessage, bytes: Buffer, clock: Clock): ReceivedRequest {
  return {
    method: request.method ?? '',
    path: (request.url ?? '').split('?')[0] ?? '',
    headers: request.headers,
    body: parseObject(bytes.toString()),
    bodyBytes: bytes.length,
    atMs: clock.now(),
  }
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** A mistake of the simulator itself: loud, so that no test takes it for a provider's fault. */
function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (!response.headersSent) response.writeHead(599, { 'content-type': 'text/plain' })
  response.end(`the simulator failed: ${message}`)
}
