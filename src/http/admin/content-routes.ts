// Sampled content is shown with its request; here it is deleted.

import type { FastifyInstance } from 'fastify'
import type { ContentAdmin } from '../../admin/content-admin.ts'

export function contentRoutes(app: FastifyInstance, content: ContentAdmin): void {
  app.delete<{ Params: { id: string } }>('/admin/requests/:id/content', ({ params }) =>
    content.forget(params.id),
  )
  app.delete<{ Params: { team: string } }>('/admin/teams/:team/content', ({ params }) =>
    content.forgetTeam(params.team),
  )
}
