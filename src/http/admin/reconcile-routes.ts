// /admin/reconcile: do all the books say the same? With a body, also those of the providers.

import type { FastifyInstance } from 'fastify'
import type { Reconcile } from '../../admin/reconcile/reconcile.ts'

/** A month of a provider's export, by day and model. */
const BODY_LIMIT = 16 * 1024 * 1024

export function reconcileRoutes(app: FastifyInstance, reconcile: Reconcile): void {
  app.get('/admin/reconcile', ({ query }) => reconcile(query))
  app.post('/admin/reconcile', { bodyLimit: BODY_LIMIT }, ({ body }) => reconcile(body))
}
