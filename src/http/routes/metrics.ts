// GET /metrics for Prometheus: open to this machine, elsewhere behind a token.

import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { GatewayError } from '../../core/errors.ts'
import { type MetricsFormat, type RenderedMetrics, wantedFormat } from '../../core/metrics-format.ts'

export interface MetricsOptions {
  readonly render: (format: MetricsFormat) => Promise<RenderedMetrics>
  /** Bearer token for callers from other machines; null: they are refused. */
  readonly token: string | null
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

export function metrics(app: FastifyInstance, { render, token }: MetricsOptions, done: () => void): void {
  const expected = token === null ? null : digest(`Bearer ${token}`)
  app.get('/metrics', async (request, reply) => {
    const isToken =
      expected !== null && timingSafeEqual(digest(request.headers.authorization ?? ''), expected)
    if (!isToken && !LOOPBACK.test(request.socket.remoteAddress ?? '')) {
      throw new GatewayError(
        'invalid_api_key',
        'Metrics are open on the loopback address only; elsewhere send "authorization: Bearer <metrics.token>".',
      )
    }
    const { contentType, body } = await render(wantedFormat(request.headers.accept))
    return reply.type(contentType).send(body)
  })
  done()
}

/** Digests have one length, which a constant-time comparison needs. */
function digest(text: string): Buffer {
  return Buffer.from(hash('sha256', text), 'hex')
}
