// The client's side of one completion, over Node's raw response: Fastify has handed it over (`reply.hijack()`).

import type { ServerResponse } from 'node:http'
import type { ClientReply, ReplyHeaders } from '../chat/client-reply.ts'
import { GatewayError } from '../core/errors.ts'
import { errorBody, errorHeaders } from '../openai/error-body.ts'

/** `fixedHeaders` go with every answer, errors included. */
export function createClientReply(response: ServerResponse, fixedHeaders: ReplyHeaders): ClientReply {
  const send = (status: number, headers: ReplyHeaders, body: string): void => {
    if (response.destroyed) return
    response.writeHead(status, {
      ...fixedHeaders,
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  }
  return {
    get isGone() {
      return response.destroyed && !response.writableFinished
    },
    // Not Fastify's request.signal: it aborts as soon as the body is read (Fastify 5.12). The response closing before
    // it is finished is the one sure sign that nobody listens any more.
    onGone(listener) {
      response.once('close', () => {
        if (!response.writableFinished) listener()
      })
    },
    json: (status, headers, body) => send(status, headers, body),
    fail(error, headers) {
      if (!response.headersSent) send(error.status, { ...headers, ...errorHeaders(error) }, errorBody(error))
      else response.end(`data: ${errorBody(error)}\n\n`)
    },
    open(headers) {
      response.writeHead(200, {
        ...fixedHeaders,
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        // Tells nginx and its like not to collect the stream.
        'x-accel-buffering': 'no',
      })
    },
    write: (bytes) => response.write(bytes),
    onDrain: (listener) => void response.once('drain', listener),
    end: (text) => void response.end(text),
  }
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
