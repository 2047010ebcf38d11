// Every error leaves as OpenAI's error JSON, on every path: thrown ones, unknown paths, wrong methods, and requests
// that Node's parser refuses before Fastify sees them.

import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError } from '../../core/errors.ts'
import { errorBody, errorHeaders } from '../../openai/error-body.ts'
import { asGatewayError } from '../client-reply.ts'

export interface ErrorHandlerOptions {
  /** Told of errors nobody expected, for the log. */
  readonly onInternalError: (requestId: string, error: unknown) => void
}

export const errorHandler = fp(
  (app: FastifyInstance, options: ErrorHandlerOptions, done: () => void) => {
    const known = collectRoutes(app)
    app.setErrorHandler((thrown: FastifyError, request, reply) => {
      const error = fromFastify(thrown)
      if (error.kind === 'internal_error') options.onInternalError(request.id, thrown)
      return reply
        .code(error.status)
        .headers(errorHeaders(error))
        .type('application/json; charset=utf-8')
        .send(errorBody(error))
    })
    app.setNotFoundHandler((request, reply) => {
      const error = unknownPath(request, known)
      return reply
        .code(error.status)
        .headers(errorHeaders(error))
        .type('application/json; charset=utf-8')
        .send(errorBody(error))
    })
    done()
  },
  { name: 'error-handler' },
)

/** For Fastify's `clientErrorHandler`: what Node's parser refused, answered on the bare socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = fromParser(error.code ?? '')
  const body = errorBody(refusal)
  socket.end(
    `HTTP/1.1 ${refusal.status} ${refusal.code}\r\nx-request-id: ${requestId}\r\nconnection: close\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  // A client that goes on sending must not keep the connection.
  socket.destroySoon()
}

function fromParser(code: string): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new GatewayError(
      'headers_too_large',
      'The request headers are too large; send less than 16 KB of them.',
    )
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new GatewayError(
      'request_timeout',
      'The request was not complete in time; send headers and body without long pauses.',
    )
  }
  return new GatewayError('invalid_request', 'The request is not well-formed HTTP/1.1.')
}

function fromFastify(error: FastifyError | GatewayError): GatewayError {
  if (error instanceof GatewayError) return error
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new GatewayError(
        'request_too_large',
        'The request body is larger than this gateway accepts (server.body_limit); send less.',
      )
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new GatewayError(
        'unsupported_media_type',
        'Send the body as JSON with "content-type: application/json".',
      )
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new GatewayError('invalid_request', 'The body is not as long as its content-length says.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new GatewayError('invalid_request', 'The request body is empty; send a JSON object.')
    default:
      break
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new GatewayError('invalid_request', error.message)
  }
  return asGatewayError(error)
}

interface KnownRoute {
  readonly pattern: RegExp
  readonly methods: Set<string>
}

/** Remembers which methods each path has, so that a wrong method is told apart from an unknown path. */
function collectRoutes(app: FastifyInstance): Map<string, KnownRoute> {
  const known = new Map<string, KnownRoute>()
  app.addHook('onRoute', ({ url, method }) => {
    const escaped = url.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    const pattern = new RegExp(`^${escaped.replace(/:[^/]+/g, '[^/]+').replace('*', '.+')}$`)
    const route = known.get(url) ?? { pattern, methods: new Set() }
    for (const name of [method].flat()) route.methods.add(name)
    known.set(url, route)
  })
  return known
}

function unknownPath(request: FastifyRequest, known: ReadonlyMap<string, KnownRoute>): GatewayError {
  const path = request.url.split('?', 1)[0] ?? ''
  for (const route of known.values()) {
    if (!route.pattern.test(path) || route.methods.has(request.method)) continue
    const allow = [...route.methods].filter((method) => method !== 'HEAD').join(', ')
    return new GatewayError('method_not_allowed', `${request.method} is not allowed here; use ${allow}.`, {
      headers: { allow },
    })
  }
  const shown = JSON.stringify(path.slice(0, 100)).slice(1, -1)
  return new GatewayError(
    'not_found',
    `There is nothing at ${shown}. The completions are at POST /v1/chat/completions.`,
  )
}
