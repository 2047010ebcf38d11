// GET /healthz and /readyz, for orchestrators: open, and cheap.

import type { FastifyInstance } from 'fastify'
import type { Readiness } from '../../chat/readiness.ts'

export interface HealthOptions {
  readonly readiness: () => Readiness
}

export function health(app: FastifyInstance, { readiness }: HealthOptions, done: () => void): void {
  app.get('/healthz', (_, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', (_, reply) => {
    const { isReady, reason } = readiness()
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', reason })
  })
  done()
}
