// What an operator does with a running gateway besides looking: ask it what it would do, and have it read its configuration
// again.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Reload } from '../../admin/reload.ts'
import type { ReadTraffic } from '../../admin/replay/traffic.ts'
import type { ExplainCall, Explanation } from '../../chat/explain.ts'
import { GatewayError } from '../../core/errors.ts'

/** `keyId` null: whoever may do anything. */
export interface ExplainQuestion extends Omit<ExplainCall, 'caller'> {
  readonly keyId: string | null
}

export interface OperationOptions {
  readonly reload: Reload
  readonly traffic: ReadTraffic
  readonly explain: (question: ExplainQuestion) => Promise<Explanation>
}

export function operationRoutes(app: FastifyInstance, { reload, traffic, explain }: OperationOptions): void {
  app.post('/admin/reload', () => reload())
  app.get('/admin/traffic', (request) => traffic(request.query))
  // A body that a client would send, byte by byte: in a scope of its own, as the others here are parsed.
  app.register((scope, _, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) =>
      parsed(null, body),
    )
    scope.post('/admin/explain', (request) =>
      explain({ raw: readBody(request), headers: request.headers, keyId: readKeyId(request) }),
    )
    done()
  })
}

function readBody({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0)
}

function readKeyId({ query }: FastifyRequest): string | null {
  const given = typeof query === 'object' && query !== null ? Object.entries(query) : []
  for (const [name, value] of given) {
    if (name !== 'key')
      throw new GatewayError('invalid_request', `"${name.slice(0, 100)}" is not known here; there is key.`, {
        param: name.slice(0, 100),
      })
    if (typeof value === 'string' && value !== '') return value
    throw new GatewayError('invalid_request', '"key" must be the id of one key.', { param: 'key' })
  }
  return null
}
