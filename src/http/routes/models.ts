// GET /v1/models and /v1/models/{id}: what this key may ask for.

import type { FastifyInstance } from 'fastify'
import type { ListedModel } from '../../chat/list-models.ts'
import type { CallerPolicy } from '../../core/caller.ts'
import { GatewayError } from '../../core/errors.ts'

export interface ModelsOptions {
  readonly listModels: (caller: CallerPolicy) => readonly ListedModel[]
}

export function models(app: FastifyInstance, { listModels }: ModelsOptions, done: () => void): void {
  app.get('/models', (request, reply) => reply.send({ object: 'list', data: listModels(request.caller) }))
  // A wildcard, because pinned models have a slash in their id, encoded by some clients and not by others.
  app.get<{ Params: { '*': string } }>('/models/*', (request, reply) => {
    const id = request.params['*']
    const found = listModels(request.caller).find((model) => model.id === id)
    if (found === undefined) {
      const shown = JSON.stringify(id.slice(0, 100)).slice(1, -1)
      throw new GatewayError(
        'model_not_found',
        `There is no model "${shown}" for this key; GET /v1/models lists them.`,
        { param: 'model' },
      )
    }
    return reply.send(found)
  })
  done()
}
