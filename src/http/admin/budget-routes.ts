// /admin/budgets: what org, teams, projects and keys may spend, and what they have.

import type { FastifyInstance } from 'fastify'
import type { BudgetAdmin } from '../../admin/budget-admin.ts'

interface OfScope {
  Params: { scope: string; name: string }
}

export function budgetRoutes(app: FastifyInstance, budgets: BudgetAdmin, bodyLimit: number): void {
  const path = '/admin/budgets/:scope/:name'
  app.get('/admin/budgets', async () => ({ object: 'list', data: await budgets.list(), has_more: false }))
  app.get<OfScope>(path, ({ params }) => budgets.get(params.scope, params.name))
  app.put<OfScope>(path, { bodyLimit }, ({ params, body }) => budgets.put(params.scope, params.name, body))
  app.delete<OfScope>(path, { bodyLimit }, ({ params }) => budgets.remove(params.scope, params.name))
  app.post<OfScope>(`${path}/reset`, { bodyLimit }, ({ params }) => budgets.reset(params.scope, params.name))
}
