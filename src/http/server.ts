// The HTTP surface, scope by scope: what is open, what needs a virtual key, what needs the admin key.

import Fastify, { type FastifyInstance } from 'fastify'
import { type AdminRoutesOptions, adminRoutes } from './admin/admin-routes.ts'
import { createDoor } from './door.ts'
import { type AuthenticateOptions, authenticate } from './plugins/authenticate.ts'
import { errorHandler, refuseMalformedPath } from './plugins/error-handler.ts'
import { requestId } from './plugins/request-id.ts'
import { createRequestIds } from './request-ids.ts'
import { type ChatCompletionsOptions, chatCompletions } from './routes/chat-completions.ts'
import { type HealthOptions, health } from './routes/health.ts'
import { type MetricsOptions, metrics } from './routes/metrics.ts'
import { type ModelsOptions, models } from './routes/models.ts'
import { ui } from './routes/ui.ts'

export interface ServerOptions
  extends AuthenticateOptions,
    ChatCompletionsOptions,
    ModelsOptions,
    HealthOptions {
  readonly limits: {
    readonly bodyLimitBytes: number
    readonly requestTimeoutMs: number
    readonly maxHeaderBytes: number
  }
  readonly metrics: MetricsOptions
  readonly admin: AdminRoutesOptions
  readonly onInternalError: (requestId: string, error: unknown) => void
}

/** How often Node looks for requests that take too long to arrive. */
const TIMEOUT_CHECK_MS = 1_000

export function createServer({ limits, ...options }: ServerOptions): FastifyInstance {
  const createRequestId = createRequestIds()
  const door = createDoor({ maxHeaderBytes: limits.maxHeaderBytes, createRequestId })
  const app = Fastify({
    bodyLimit: limits.bodyLimitBytes,
    http: {
      maxHeaderSize: limits.maxHeaderBytes,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node swaps the two where the one for headers is the longer, and then neither does what it says.
      headersTimeout: limits.requestTimeoutMs,
      // Refused by the error handler, which has words for it.
      requireHostHeader: false,
    },
    // Headers and body, from a client that sends a byte a second; answers have deadlines of their own.
    requestTimeout: limits.requestTimeoutMs,
    // Clients and load balancers reuse connections; longer than the usual 60 s of those in front.
    keepAliveTimeout: 72_000,
    genReqId: createRequestId,
    // One line per request is written when it is settled, with what it cost.
    logger: false,
    clientErrorHandler: (error, socket) => door.refuseUnparsed(error, socket),
    frameworkErrors: refuseMalformedPath,
    // While it drains, a kept-alive connection gets a last answer and `connection: close`.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
  })
  door.attend(app.server)
  app.addHook('preClose', (done) => {
    door.closeSilent()
    done()
  })
  app.register(requestId)
  app.register(errorHandler, { onInternalError: options.onInternalError })
  app.register(health, { readiness: options.readiness })
  app.register(metrics, options.metrics)
  app.register(
    (v1, _, done) => {
      v1.register(authenticate, { authenticate: options.authenticate })
      // Bytes as they come: what we do not understand must travel unchanged.
      v1.removeAllContentTypeParsers()
      v1.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) =>
        parsed(null, body),
      )
      v1.register(chatCompletions, { complete: options.complete })
      v1.register(models, { listModels: options.listModels })
      done()
    },
    { prefix: '/v1' },
  )
  app.register(adminRoutes, options.admin)
  app.register(ui)
  return app
}
