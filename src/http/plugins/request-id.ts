// Every answer carries its request id, refused ones included.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

export const requestId = fp(
  (app: FastifyInstance, _: object, done: () => void) => {
    app.addHook('onRequest', (request, reply, next) => {
      reply.header('x-request-id', request.id)
      next()
    })
    done()
  },
  { name: 'request-id' },
)
