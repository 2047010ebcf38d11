// Who is calling: everything registered beside it needs a virtual key. Registered inside the /v1 scope only, so that
// encapsulation is the boundary.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { CallerPolicy } from '../../core/caller.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every /v1 request before its handler runs. */
    caller: CallerPolicy
  }
}

export interface AuthenticateOptions {
  /** Answers at once when the key is known. Throws or rejects with GatewayError. */
  readonly authenticate: (authorization: string | undefined) => CallerPolicy | Promise<CallerPolicy>
}

export const authenticate = fp(
  (app: FastifyInstance, options: AuthenticateOptions, done: () => void) => {
    app.decorateRequest('caller')
    // A callback hook: an async one would cost every request a promise, and the key is nearly always cached.
    app.addHook('onRequest', (request, _, next) => {
      try {
        const found = options.authenticate(request.headers.authorization)
        if (found instanceof Promise) return void waitForCaller(request, found, next)
        request.caller = found
        return next()
      } catch (error) {
        return next(asError(error))
      }
    })
    done()
  },
  { name: 'authenticate' },
)

async function waitForCaller(
  request: FastifyRequest,
  found: Promise<CallerPolicy>,
  next: (error?: Error) => void,
): Promise<void> {
  try {
    request.caller = await found
  } catch (error) {
    return next(asError(error))
  }
  return next()
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
