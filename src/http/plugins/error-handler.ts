// Every error leaves as OpenAI's error JSON, on every path: thrown ones, unknown paths, wrong methods, malformed paths.
// What never becomes a request stands in door.ts.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
    app.addHook('onRequest', (request, _, next) => {
      next(findFault(request, known) ?? undefined)
    })
    app.setErrorHandler((thrown: FastifyError, request, reply) => {
      const error = fromFastify(thrown)
      if (error.kind === 'internal_error') options.onInternalError(request.id, thrown)
      // Node reads the rest of a long body and drops it: to close at once would reset the connection under the answer.
      if (error.kind === 'request_too_large') reply.removeHeader('connection')
      return answer(error, reply)
    })
    app.setNotFoundHandler((request, reply) => answer(unknownPath(request, known), reply))
    done()
  },
  { name: 'error-handler' },
)

/** For Fastify's `frameworkErrors`: paths that its router cannot read have no hooks. */
export function refuseMalformedPath(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id)
  void answer(fromFastify(error), reply)
}

function answer(error: GatewayError, reply: FastifyReply): FastifyReply {
  return reply
    .code(error.status)
    .headers(errorHeaders(error))
    .type('application/json; charset=utf-8')
    .send(errorBody(error))
}

/** What can be said before a body is read. */
function findFault(request: FastifyRequest, known: ReadonlyMap<string, KnownRoute>): GatewayError | null {
  if (request.is404) return unknownPath(request, known)
  const { host, 'content-encoding': encoding = 'identity' } = request.headers
  // RFC 9112, 3.2. Node would answer it by itself, without a body.
  if (host === undefined && request.raw.httpVersionMinor > 0) {
    return new GatewayError('invalid_request', 'The request has no Host header, which HTTP/1.1 demands.', {
      param: 'host',
    })
  }
  if (encoding !== 'identity') {
    return new GatewayError('unsupported_media_type', 'Send the body uncompressed, without content-encoding.')
  }
  return null
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
    case 'FST_ERR_BAD_URL':
      return new GatewayError(
        'invalid_request',
        'The path has a "%" that does not begin an encoded character; encode it as %25.',
      )
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new GatewayError('not_found', 'A part of the path is longer than any name there is.')
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
