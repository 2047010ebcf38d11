// Who is calling: everything registered beside it needs a virtual key. Registered inside the /v1 scope only, so that
// encapsulation is the boundary.

import type { FastifyInstance } from 'fastify'
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
    app.addHook('onRequest', (request, _, next) => {
      // A callback hook, because an async one costs a promise on every request and the key is nearly always cached.
      try {
        const found = options.authenticate(request.headers.authorization)
        if (!(found instanceof Promise)) {
          request.caller = found
          return next()
        }
        // oxlint-disable-next-line promise/no-callback-in-promise, promise/always-return -- the hook's other path is synchronous
        found.then((caller) => {
          request.caller = caller
          next()
        }, next)
      } catch (error) {
        next(error instanceof Error ? error : new Error(String(error)))
      }
    })
    done()
  },
  { name: 'authenticate' },
)
