// The client's side of one completion, over Node's raw response: Fastify has handed it over (`reply.hijack()`).

import type { ServerResponse } from 'node:http'
import type { ClientReply, ReplyHeaders } from '../chat/client-reply.ts'
import { GatewayError } from '../core/errors.ts'
import { errorBody, errorHeaders } from '../openai/error-body.ts'

const JSON_TYPE = ['content-type', 'application/json; charset=utf-8']
const STREAM_HEADERS = [
  'content-type',
  'text/event-stream; charset=utf-8',
  'cache-control',
  'no-cache',
  // Tells nginx and its like not to collect the stream.
  'x-accel-buffering',
  'no',
]

export class RawClientReply implements ClientReply {
  readonly #response: ServerResponse
  readonly #requestId: string
  readonly #whenGone: (() => void)[] = []
  #headers: ReplyHeaders = []

  constructor(response: ServerResponse, requestId: string) {
    this.#response = response
    this.#requestId = requestId
  }

  get isGone(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished
  }

  // Not Fastify's request.signal: it aborts as soon as the body is read (Fastify 5.12). The response closing before
  // it is finished is the one sure sign that nobody listens any more.
  onGone(listener: () => void): void {
    // Each attempt has one: Node warns of an emitter with so many.
    if (this.#whenGone.push(listener) > 1) return
    this.#response.once('close', () => {
      if (this.#response.writableFinished) return
      for (const tell of this.#whenGone) tell()
    })
  }

  addHeaders(headers: ReplyHeaders): void {
    this.#headers = [...this.#headers, ...headers]
  }

  json(status: number, headers: ReplyHeaders, body: string | Uint8Array): void {
    const response = this.#response
    if (response.destroyed) return
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
    this.#writeHead(status, headers, [...JSON_TYPE, 'content-length', String(length)])
    if (typeof body === 'string' || length > LONG_BODY) response.end(body)
    else response.end(asLatin1(body), 'latin1')
  }

  fail(error: GatewayError, headers: ReplyHeaders): void {
    const body = errorBody(error)
    if (this.#response.headersSent) this.#response.end(`data: ${body}\n\n`)
    else this.json(error.status, [...headers, ...Object.entries(errorHeaders(error)).flat()], body)
  }

  open(headers: ReplyHeaders): void {
    this.#writeHead(200, headers, STREAM_HEADERS)
  }

  write(bytes: Uint8Array): boolean {
    return this.#response.write(bytes)
  }

  onDrain(listener: () => void): void {
    this.#response.once('drain', listener)
  }

  end(text: string): void {
    this.#response.end(text)
  }

  /** The request id goes with every answer, errors included. */
  #writeHead(status: number, headers: ReplyHeaders, entity: ReplyHeaders): void {
    this.#response.writeHead(status, [
      'x-request-id',
      this.#requestId,
      ...this.#headers,
      ...headers,
      ...entity,
    ])
  }
}

/** Of a longer body, one more copy costs more than it saves. */
const LONG_BODY = 64 * 1024

/** One character for each byte, whatever the bytes mean: a text goes out in one piece with its head, bytes go beside it. */
function asLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Whatever was thrown, as an error a client may see. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError(
    'internal_error',
    'The gateway failed on this request; the log has the reason under its request id.',
    {
      cause: error,
    },
  )
}
