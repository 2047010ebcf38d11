// /admin/*: for the operator alone. Everything in here is behind the admin key; without one in the environment there is
// nothing here at all.

import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Admin } from '../../admin/admin.ts'
import { buildProviderReport, type ProviderStatus } from '../../admin/provider-report.ts'
import { readSpendFormat } from '../../admin/spend-report.ts'
import type { Clock } from '../../core/clock.ts'
import { GatewayError } from '../../core/errors.ts'
import { budgetRoutes } from './budget-routes.ts'
import { contentRoutes } from './content-routes.ts'
import { type OperationOptions, operationRoutes } from './operation-routes.ts'
import { reconcileRoutes } from './reconcile-routes.ts'
import { createWrongKeys } from './wrong-keys.ts'

export interface AdminRoutesOptions extends OperationOptions, Admin {
  /** Null: every path under /admin answers 404. */
  readonly adminKey: string | null
  readonly providerStatus: () => readonly ProviderStatus[]
  readonly clock: Clock
}

interface WithId {
  Params: { id: string }
}

/** Far more than any body that these paths take. */
const BODY_LIMIT = 64 * 1024

/** Register it as it is (without `fastify-plugin`, without a prefix): its hook and its body parser are its own. */
export function adminRoutes(
  app: FastifyInstance,
  options: AdminRoutesOptions,
  done: (error?: Error) => void,
): void {
  if (options.adminKey !== null) {
    requireAdminKey(app, options.adminKey, options.clock)
    parseJsonBodies(app)
    keyRoutes(app, options)
    budgetRoutes(app, options.budgets, BODY_LIMIT)
    reportRoutes(app, options)
    reconcileRoutes(app, options.reconcile)
    contentRoutes(app, options.content)
    app.get('/admin/audit', ({ query }) => options.audit.list(query))
    operationRoutes(app, {
      ...options,
      async reload() {
        const report = await options.reload()
        await options.audit.record('configuration.reload', 'configuration', report.changed)
        return report
      },
    })
  }
  done()
}

function keyRoutes(app: FastifyInstance, { keys }: AdminRoutesOptions): void {
  app.post('/admin/keys', { bodyLimit: BODY_LIMIT }, async (request, reply) => {
    const created = await keys.create(request.body)
    return reply.code(201).header('location', `/admin/keys/${created.id}`).send(created)
  })
  app.get('/admin/keys', async () => ({ object: 'list', data: await keys.list(), has_more: false }))
  app.get<WithId>('/admin/keys/:id', (request) => keys.get(request.params.id))
  app.patch<WithId>('/admin/keys/:id', { bodyLimit: BODY_LIMIT }, (request) =>
    keys.patch(request.params.id, request.body),
  )
  app.post<WithId>('/admin/keys/:id/rotate', { bodyLimit: BODY_LIMIT }, (request) =>
    keys.rotate(request.params.id, request.body),
  )
  app.delete<WithId>('/admin/keys/:id', { bodyLimit: BODY_LIMIT }, (request) =>
    keys.revoke(request.params.id),
  )
}

function reportRoutes(app: FastifyInstance, { spend, requests, providerStatus }: AdminRoutesOptions): void {
  app.get('/admin/spend', async (request, reply) => {
    if (readSpendFormat(request.query) === 'json') return spend.report(request.query)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="farthing-spend.csv"')
      .send(await spend.csv(request.query))
  })
  app.get('/admin/requests', (request) => requests.list(request.query))
  app.get<WithId>('/admin/requests/:id', (request) => requests.get(request.params.id))
  app.get('/admin/providers', async () => buildProviderReport(providerStatus()))
}

function requireAdminKey(app: FastifyInstance, adminKey: string, clock: Clock): void {
  const expected = digest(adminKey)
  const wrongKeys = createWrongKeys(clock)
  app.addHook('onRequest', (request, reply, next) => {
    reply.header('cache-control', 'no-store')
    const waitMs = wrongKeys.waitMs(request.ip)
    if (waitMs > 0) return next(tooManyTries(waitMs))
    if (timingSafeEqual(digest(readBearer(request)), expected)) return next()
    if (request.headers.authorization !== undefined) wrongKeys.count(request.ip)
    next(refusal(request))
  })
}

function tooManyTries(waitMs: number): GatewayError {
  const seconds = Math.ceil(waitMs / 1000)
  return new GatewayError(
    'rate_limit_exceeded',
    `Too many wrong admin keys came from this address; the next one is looked at in ${seconds} s.`,
    { headers: { 'retry-after': String(seconds) } },
  )
}

function readBearer(request: FastifyRequest): string {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}

function refusal(request: FastifyRequest): GatewayError {
  const problem =
    request.headers.authorization === undefined
      ? "You didn't provide the admin key."
      : 'Incorrect admin key provided.'
  return new GatewayError(
    'invalid_api_key',
    `${problem} Send it in the Authorization header: Authorization: Bearer <FARTHING_ADMIN_KEY>.`,
  )
}

/** Own parsing, because whoever registers this may read bodies as raw bytes, and a DELETE may come with an empty one. */
function parseJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(body.toString()))
    } catch {
      done(new GatewayError('invalid_request', 'The request body is not valid JSON.'))
    }
  })
}

/** Digests have one length, which a constant-time comparison needs. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
