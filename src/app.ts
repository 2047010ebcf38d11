// Everything that stands on the way of a request, created once, in the order in which a request meets it.

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { createAuthenticator } from './access/authenticator.ts'
import { createBudgetAdmin } from './admin/budget-admin.ts'
import { createKeyAdmin } from './admin/key-admin.ts'
import { createRequestLog } from './admin/request-log.ts'
import { createSpendReport } from './admin/spend-report.ts'
import { createBudgetAlerts } from './budgets/alerts.ts'
import { createBudgetList } from './budgets/budget-list.ts'
import { createChargeBook } from './budgets/charges.ts'
import { createPolicies } from './budgets/policies.ts'
import type { Catalog } from './catalog/catalog.ts'
import { readOffers } from './catalog/offers.ts'
import { createComplete } from './chat/complete.ts'
import { buildProviders } from './chat/endpoints.ts'
import { createListModels } from './chat/list-models.ts'
import { readProviderStatus } from './chat/provider-status.ts'
import { createSchemaChecker } from './chat/schema-checker.ts'
import { createTurnMemory } from './chat/turn-memory.ts'
import type { Config } from './config/config.ts'
import { loadCatalogFile } from './config/load-catalog-file.ts'
import { type Clock, systemClock } from './core/clock.ts'
import { drain, settled } from './http/drain.ts'
import type { Readiness } from './http/routes/health.ts'
import { createServer } from './http/server.ts'
import { createLeases } from './ledger/leases.ts'
import { openStore } from './ledger/open-store.ts'
import { tellOfSpool } from './ledger/spool-log.ts'
import { createSpooledStore, type SpooledStore } from './ledger/spooled-store.ts'
import type { LedgerStore } from './ledger/store.ts'
import { createSweep, maySweep } from './ledger/sweep.ts'
import { createCacheAffinity } from './routing/cache-affinity.ts'
import { createRouteList, readPlanReason } from './routing/decision.ts'
import { createOutputExpectation } from './routing/expected-output.ts'
import { createTokenCorrection } from './routing/prompt-tokens.ts'
import { batchListener } from './telemetry/batched-listener.ts'
import { createTelemetryListener } from './telemetry/listener.ts'
import { createLogger } from './telemetry/logger.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { openOtlp } from './telemetry/otlp.ts'
import { createAllowances } from './upstream/allowances.ts'
import { createCircuits } from './upstream/circuits.ts'
import { createUpstream } from './upstream/exchange.ts'
import { createRouteLatencies } from './upstream/latency.ts'
import { createPools } from './upstream/pools.ts'

export interface App {
  readonly logger: Logger
  /** What is held now; for whoever watches over the process. */
  readonly ledger: Pick<LedgerStore, 'held'>
  /** Resolves with the URL it listens on. */
  listen(): Promise<string>
  /** Finishes open requests (for as long as `server.drain_timeout_ms`), books them, and lets everything go. */
  close(): Promise<void>
}

export interface AppOverrides {
  readonly clock?: Clock
  /** Where log lines go; standard output unless told. */
  readonly logDestination?: { write(line: string): void }
}

/** Conversations whose cached prefixes are remembered, each some 200 bytes. */
const MAX_CONVERSATIONS = 50_000
const SWEEP_EVERY_MS = 5_000
const PING_EVERY_MS = 1_000
const POLICIES_EVERY_MS = 500

/** Throws ConfigError where the catalogue does not fit the configuration. */
export async function createApp(
  config: Config,
  { clock = systemClock, logDestination }: AppOverrides = {},
): Promise<App> {
  const log = createLogger({
    level: config.log.level,
    ...(logDestination === undefined ? {} : { destination: logDestination }),
  })
  const { logger } = log
  const catalog = loadCatalogFile(config)
  const routeList = createRouteList(catalog)

  // telemetry: a listener, never a step that can fail a request
  const metrics = createMetrics({
    models: new Set(catalog.routes.map((route) => `${route.provider}/${route.model}`)),
    probes: {
      openModels: () =>
        catalog.routes
          .filter((route) => circuits.status(route).state !== 'closed')
          .map(({ provider, model }) => `${provider}/${model}`),
      isStoreUp: () => store.status().isStoreUp,
      spoolPending: () => store.status().pending,
      // While it is away it is not waited for.
      held: async () => (store.status().isStoreUp ? shared.held().catch(() => null) : null),
      catalogAgeSeconds: () => (clock.now() - Date.parse(catalog.checked)) / 1000,
      offers: () => readOffers(catalog, clock.now()),
      providers: () => [...config.providers.values()].map(({ id, isOn }) => [id, isOn]),
      budgets: () => budgetList.rows(clock.now()).catch(() => null),
    },
    planReason: readPlanReason,
  })
  const otlp = await openOtlp({ ...config.otlp, logger })
  const listener = batchListener(
    otlp.over(createTelemetryListener({ metrics, logger, logsRequests: config.log.requests })),
  )

  // ledger: what is shared between processes and survives them
  const { leaseMs } = config.store
  const shared = await openStore(config.store, {
    onDamaged: (file, lines) =>
      logger.error(
        { file, lines },
        'lines of a journal are damaged, and are kept in this file; the others were booked',
      ),
    onSpent: (change) => budgetAlerts.spent(change),
  })
  const store = await createSpooledStore({
    store: shared,
    directory: config.store.dataDir,
    maxBytes: config.store.spoolMaxBytes,
    pingEveryMs: PING_EVERY_MS,
    clock,
    onEvent(event) {
      tellOfSpool({ logger, onCorrected: (record) => listener.corrected(record) }, event)
      if (event.kind === 'store_back') keepRoutes()
    },
  })
  const keepRoutes = (): void => {
    // Where the store is away they are kept when it is back.
    shared.putRoutes(routeList.version, routeList.ids).catch(() => undefined)
  }
  keepRoutes()
  const leases = createLeases({ store, clock, leaseMs })
  const policies = createPolicies({
    store,
    configured: config.policies,
    everyMs: POLICIES_EVERY_MS,
    onError: (error) =>
      logger.error({ err: error }, 'stored budgets cannot be read: those known before hold'),
  })
  const budgetList = createBudgetList(policies, store)
  const budgetAlerts = createBudgetAlerts({
    findBudget: (scope, name, period) => budgetList.find(scope, name, period),
    onAlert: (alert) => listener.budgetAlerted(alert),
  })
  // Where the store is away they are known when it is back.
  await policies.refresh().catch(() => undefined)
  const sweep = createSweep({
    store: shared,
    clock,
    intervalMs: Math.min(SWEEP_EVERY_MS, leaseMs),
    mayRun: () => maySweep(store.status(), { nowMs: clock.now(), leaseMs }),
    isServed: (requestId) => leases.isTracked(requestId),
    onExpired: (record) => listener.finished(record),
    onError: (error) => logger.warn({ err: error }, 'sweep failed'),
  })

  // access: who is calling
  const authenticator = createAuthenticator({ keys: store, clock, mode: config.auth.mode })

  // routing: what is learned, so that the next estimate is better
  const learning = {
    tokens: createTokenCorrection(),
    output: createOutputExpectation(catalog.routes),
    cache: createCacheAffinity({ maxEntries: MAX_CONVERSATIONS }),
    latencies: createRouteLatencies(),
  }
  const names = { ...config.routing, catalog }

  // upstream: connections, and which routes are worth trying
  const upstream = createUpstream(createPools({ connectTimeoutMs: longest(config, 'connectMs') }))
  const circuits = createCircuits({ clock, ...config.circuit, onAlert: (alert) => listener.alerted(alert) })
  const { registry, endpoints } = buildProviders(config)

  // chat: the use case
  const turns = createTurnMemory({
    ...config.reasoning,
    isOn: config.reasoning.keep,
    store,
    clock,
    onError: (error) => logger.warn({ err: error }, 'kept reasoning could not be used'),
  })
  const schemas = createSchemaChecker({ clock })
  const complete = createComplete({
    catalog,
    names,
    routeList,
    providers: registry,
    endpoints,
    ledger: store,
    charges: createChargeBook({ policies, list: budgetList, routeLimits: config.routeLimits }),
    budgetListener: budgetAlerts,
    leases,
    upstream,
    circuits,
    allowances: createAllowances(),
    learning,
    turns,
    schemas,
    policy: {
      maxAttempts: config.routing.maxAttempts,
      leaseMs,
      longestRequestMs: longest(config, 'totalMs'),
      defaultOutputCap: config.routing.defaultOutputCap,
      jsonSchema: config.routing.jsonSchema,
      resumesStreams: config.streams.resume,
      whenStoreAway: config.store.whenAway,
    },
    listener: {
      ...listener,
      finished(record) {
        metrics.requestEnded()
        listener.finished(record)
      },
      refused(refusal) {
        metrics.requestEnded()
        listener.refused(refusal)
      },
    },
    clock,
    random: Math.random,
  })

  const keys = createKeyAdmin({
    keys: store,
    clock,
    random: randomBytes,
    providers: registry.names,
  })

  // http: bytes in, OpenAI's errors out
  const open = new Set<Promise<void>>()
  const server = createServer({
    limits: config.server,
    authenticate: authenticator.authenticate,
    complete: (call) => {
      metrics.requestStarted()
      const running = complete(call).finally(() => open.delete(running))
      open.add(running)
    },
    listModels: createListModels({ names, catalog, isOn: (provider) => endpoints.has(provider) }),
    readiness: () => readReadiness(config, store),
    metrics: {
      render: () => {
        listener.flush()
        return metrics.render()
      },
      token: config.metrics.token?.reveal() ?? null,
    },
    admin: {
      adminKey: config.admin.key?.reveal() ?? null,
      keys,
      budgets: createBudgetAdmin({ store, policies, keys, clock }),
      spend: createSpendReport(store, clock),
      requests: createRequestLog(store, routeList),
      providerStatus: () =>
        readProviderStatus({ catalog, config, circuits, latencies: learning.latencies, nowMs: clock.now() }),
    },
    onInternalError: (requestId, error) =>
      logger.error({ request_id: requestId, err: error }, 'request failed'),
  })

  return {
    logger,
    ledger: store,
    async listen() {
      const url = await server.listen({ host: config.server.host, port: config.server.port })
      logStart(logger, { config, catalog, url, nowMs: clock.now() })
      return url
    },
    async close() {
      await drain(server, config.server.drainTimeoutMs)
      // Answers that are drained after their client left, and bookings, are still under way.
      await settled(open, config.server.drainTimeoutMs)
      leases.close()
      policies.close()
      await sweep.close()
      turns.close()
      await schemas.close()
      await store.close()
      await upstream.close()
      listener.flush()
      await otlp.close()
      await log.close()
    },
  }
}

/** Each provider may have deadlines of its own. */
function longest({ providers }: Config, deadline: 'connectMs' | 'totalMs'): number {
  return Math.max(...[...providers.values()].map(({ deadlines }) => deadlines[deadline]))
}

/** Without a store a gateway can serve as long as its policy lets it: what is settled goes to the spool. */
function readReadiness(config: Config, store: SpooledStore): Readiness {
  const isOn = [...config.providers.values()].some((provider) => provider.isOn)
  if (!isOn) return { isReady: false, reason: 'no provider is on: set the API key of at least one' }
  if (!store.status().isStoreUp && config.store.whenAway === 'refuse') {
    return { isReady: false, reason: 'the store cannot be reached, and store.when_away is refuse' }
  }
  return { isReady: true, reason: null }
}

interface Start {
  readonly config: Config
  readonly catalog: Catalog
  readonly url: string
  readonly nowMs: number
}

function logStart(logger: Logger, { config, catalog, url, nowMs }: Start): void {
  const providers = [...config.providers.values()]
  logger.info(
    {
      url,
      store: config.store.redisUrl === null ? 'embedded' : 'redis',
      catalog_version: catalog.version,
      routes: catalog.routes.length,
      providers_on: providers.filter(({ isOn }) => isOn).map(({ id }) => id),
      providers_off: Object.fromEntries(
        providers.flatMap(({ id, offBecause }) => (offBecause === null ? [] : [[id, offBecause]])),
      ),
    },
    `listening on ${url}`,
  )
  if (config.auth.mode === 'open') logger.warn('auth is open: whoever reaches this port spends your money')
  if (config.admin.key === null) logger.info('FARTHING_ADMIN_KEY is not set: /admin/* answers 404')
  if (catalog.free.length > 0)
    logger.info({ models: catalog.free }, `cost nothing, as their prices say: ${catalog.free.join(', ')}`)
  for (const warning of catalog.warnings(nowMs)) logger.warn({ catalog_version: catalog.version }, warning)
}
