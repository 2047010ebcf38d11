// What is refused before there is a request that Fastify sees: bytes that are not HTTP, headers without end, uploads
// that never finish, CONNECT, odd expectations. Answered on the bare socket, in the shape of every other error.

import { type IncomingMessage, type Server, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { GatewayError } from '../core/errors.ts'
import { errorBody, errorHeaders } from '../openai/error-body.ts'

export interface DoorOptions {
  readonly maxHeaderBytes: number
  readonly createRequestId: () => string
}

export interface Door {
  /** For Fastify's `clientErrorHandler`. */
  refuseUnparsed(error: NodeJS.ErrnoException, socket: Duplex): void
  /** For what Node answers by itself, without a body, where nobody listens. */
  attend(server: Server): void
  /** Ends connections that nothing has come over yet: Node does not count them as idle, and would wait for them. */
  closeSilent(): void
}

export function createDoor({ maxHeaderBytes, createRequestId }: DoorOptions): Door {
  const sockets = new Set<Socket>()
  return {
    refuseUnparsed(error, socket) {
      // Bytes in the middle of an answer that has begun would be taken for a part of it.
      if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) socket.destroy()
      else refuseOn(socket, explain(error.code ?? '', maxHeaderBytes), createRequestId())
    },
    attend(server) {
      server.on('connection', (socket: Socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      server.on('connect', (_: IncomingMessage, socket: Duplex) => {
        refuseOn(
          socket,
          new GatewayError('method_not_allowed', 'CONNECT is not allowed: this is no proxy.'),
          createRequestId(),
        )
      })
      server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) => {
        const error = new GatewayError(
          'invalid_request',
          '"expect" may only be "100-continue"; leave the header out.',
          { param: 'expect' },
        )
        const body = errorBody(error)
        response.writeHead(error.status, {
          ...entityHeaders(body),
          'x-request-id': createRequestId(),
          connection: 'close',
        })
        response.end(body)
      })
    },
    closeSilent() {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    },
  }
}

/** Node keeps the response of a socket in a field that only its own error handling reads (`_http_server.js`). */
function isAnswering(socket: Duplex): boolean {
  const response: unknown = Reflect.get(socket, '_httpMessage')
  return response instanceof ServerResponse && response.headersSent
}

function refuseOn(socket: Duplex, error: GatewayError, requestId: string): void {
  const body = errorBody(error)
  const headers = {
    ...entityHeaders(body),
    ...errorHeaders(error),
    'x-request-id': requestId,
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`)
  // A client that goes on sending must not keep the connection.
  socket.once('finish', () => socket.destroy())
}

function entityHeaders(body: string): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  }
}

function explain(code: string, maxHeaderBytes: number): GatewayError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new GatewayError(
        'headers_too_large',
        `The request headers are larger than the ${maxHeaderBytes} bytes that this gateway reads (server.max_header_bytes).`,
      )
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError(
        'request_timeout',
        'The request was not complete in time; send headers and body without long pauses.',
      )
    default:
      return new GatewayError('invalid_request', 'The request is not well-formed HTTP/1.1.')
  }
}
