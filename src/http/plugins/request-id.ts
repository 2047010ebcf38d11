// Every answer carries its request id, refused ones included.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export const requestId = fp(
  (app: FastifyInstance, _: object, done: () => void) => {
    // Completions are answered past Fastify, and carry it by themselves (client-reply.ts).
    app.addHook('onSend', (request, reply, payload, next) => {
      reply.header('x-request-id', request.id)
      next(null, payload)
    })
    done()
  },
  { name: 'request-id' },
)
