// POST /v1/chat/completions: raw bytes in; the use case answers through the raw response.

import type { FastifyInstance } from 'fastify'
import type { ChatCall } from '../../chat/complete.ts'
import { GatewayError } from '../../core/errors.ts'
import { RawClientReply } from '../client-reply.ts'

export interface ChatCompletionsOptions {
  /** Answers through the call's client reply, whatever happens. */
  readonly complete: (call: ChatCall) => void
}

export function chatCompletions(
  app: FastifyInstance,
  { complete }: ChatCompletionsOptions,
  done: () => void,
): void {
  // No response schema, ever: it would drop the provider's fields that we do not know.
  app.post('/chat/completions', (request, reply) => {
    const { body } = request
    if (!Buffer.isBuffer(body)) {
      throw new GatewayError(
        'invalid_request',
        'The request body is empty; send a JSON object with "model" and "messages".',
      )
    }
    reply.hijack()
    const client = new RawClientReply(reply.raw, request.id)
    complete({
      requestId: request.id,
      raw: body,
      headers: request.headers,
      caller: request.caller,
      client,
    })
  })
  done()
}
