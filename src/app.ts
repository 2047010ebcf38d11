// Everything that stands on the way of a request, created once, in the order in which a request meets it.

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { createAuthenticator } from './access/authenticator.ts'
import { createDeclaredKeys } from './access/declared-keys.ts'
import { findCaller } from './access/find-caller.ts'
import { createAdmin } from './admin/admin.ts'
import { createReload, type Reload } from './admin/reload.ts'
import { createTraffic } from './admin/replay/traffic.ts'
import { createBudgetAlerts } from './budgets/alerts.ts'
import { createBudgetList } from './budgets/budget-list.ts'
import { createPolicies } from './budgets/policies.ts'
import { readOffers } from './catalog/offers.ts'
import { createGeneration, type Generation } from './chat/generation.ts'
import { readProviderStatus } from './chat/provider-status.ts'
import { readReadiness } from './chat/readiness.ts'
import { createSchemaChecker } from './chat/schema-checker.ts'
import { createTurnMemory } from './chat/turn-memory.ts'
import type { Config } from './config/config.ts'
import { ConfigError, listProblems } from './config/config-error.ts'
import { loadCatalogFile } from './config/load-catalog-file.ts'
import { type NextConfig, readNextConfig } from './config/next-config.ts'
import { tellOfReload } from './config/reload-log.ts'
import { logNotes, summarize } from './config/summary.ts'
import { createContentLog } from './content/content-log.ts'
import { type Clock, systemClock } from './core/clock.ts'
import { modelOf } from './core/route.ts'
import { Slots } from './core/slots.ts'
import { drain, settled } from './http/drain.ts'
import { createServer } from './http/server.ts'
import { createLeases } from './ledger/leases.ts'
import { openStore } from './ledger/open-store.ts'
import { tellOfJournal, tellOfSpool } from './ledger/spool-log.ts'
import { createSpooledStore } from './ledger/spooled-store.ts'
import type { LedgerStore } from './ledger/store.ts'
import { createSweep, maySweep } from './ledger/sweep.ts'
import { createUpkeep } from './ledger/upkeep.ts'
import { readPlanReason } from './routing/decision.ts'
import { batchListener } from './telemetry/batched-listener.ts'
import { createTelemetryListener } from './telemetry/listener.ts'
import { createLogger } from './telemetry/logger.ts'
import { createMetrics, type Metrics } from './telemetry/metrics.ts'
import { openOtlp } from './telemetry/otlp.ts'
import { createWebhooks } from './telemetry/webhooks/webhooks.ts'

export interface App {
  readonly logger: Logger
  /** What is held now; for whoever watches over the process. */
  readonly ledger: Pick<LedgerStore, 'held'>
  /** Reads the configuration again. Rejects, with nothing changed, where it cannot be used. */
  readonly reload: Reload
  /** Its own metrics, as they are put together with those of others. */
  snapshot(): Promise<unknown>
  /** Resolves with the URL it listens on. */
  listen(): Promise<string>
  /** Finishes open requests (for as long as `server.drain_timeout_ms`), books them, and lets everything go. */
  close(): Promise<void>
}

export interface AppOverrides {
  readonly clock?: Clock
  /** Where log lines go; standard output unless told. */
  readonly logDestination?: { write(line: string): void }
  /** The configuration read again, for a reload; the same one unless told. Throws ConfigError. */
  readonly readConfig?: () => Config
  /** Where others serve on the same port: what /metrics answers for all of them. */
  readonly scrape?: () => ReturnType<Metrics['render']>
  /** And how they are told of a reload that was asked of this one. */
  readonly reloadOthers?: () => Promise<void>
}

const SWEEP_EVERY_MS = 5_000
const PING_EVERY_MS = 1_000
const POLICIES_EVERY_MS = 500

/** Throws ConfigError where the catalogue does not fit the configuration. */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const { clock = systemClock, logDestination, readConfig = () => config, scrape, reloadOthers } = overrides
  const log = createLogger({
    level: config.log.level,
    ...(logDestination === undefined ? {} : { destination: logDestination }),
  })
  const { logger } = log
  const catalog = loadCatalogFile(config)
  // `provider/model` of all that there was to route to since the start.
  const models = new Set<string>()

  // telemetry: a listener, never a step that can fail a request
  const metrics = createMetrics({
    models,
    probes: {
      openModels: () =>
        generation.catalog.routes
          .filter((route) => generation.planning.circuits.status(route).state !== 'closed')
          .map(modelOf),
      isStoreUp: () => store.status().isStoreUp,
      spoolPending: () => store.status().pending,
      // While it is away it is not waited for.
      held: async () => (store.status().isStoreUp ? shared.held().catch(() => null) : null),
      catalogAgeSeconds: () => (clock.now() - Date.parse(generation.catalog.checked)) / 1000,
      offers: () => readOffers(generation.catalog, clock.now()),
      providers: () => [...generation.config.providers.values()].map(({ id, isOn }) => [id, isOn]),
      budgets: async () => (store.status().isStoreUp ? budgetList.rows(clock.now()).catch(() => null) : null),
    },
    planReason: readPlanReason,
  })
  const otlp = await openOtlp({ ...config.otlp, logger })
  const webhooks = createWebhooks({
    targets: config.webhooks,
    dataDir: config.store.dataDir,
    clock,
    logger,
    claim: (name, span) => shared.claim(name, span),
  })
  const listener = batchListener(
    webhooks.over(otlp.over(createTelemetryListener({ metrics, log, logsRequests: config.log.requests }))),
  )

  // ledger: what is shared between processes and survives them
  const { leaseMs } = config.store
  const budgetAlerts = createBudgetAlerts({
    findBudget: (scope, name, period) => budgetList.find(scope, name, period),
    onAlert: (alert) => listener.budgetAlerted(alert),
  })
  const shared = await openStore(config.store, {
    onDamaged: (file, lines) => tellOfJournal(logger, { file, lines }),
    onSpent: (change) => budgetAlerts.spent(change),
  })
  const policies = createPolicies({
    store: shared,
    configured: config.policies,
    everyMs: POLICIES_EVERY_MS,
    onError: (error) =>
      logger.error({ err: error }, 'stored budgets cannot be read: those known before hold'),
  })
  const budgetList = createBudgetList(policies, shared)
  // Before the spool is booked: what that spends is told of, too. Where the store is away they are known when it is back.
  await policies.refresh().catch(() => undefined)
  budgetAlerts.start()
  const leaseClock = shared.leaseClock ?? clock
  const leases = createLeases({ store: shared, clock: leaseClock, leaseMs })
  const store = await createSpooledStore({
    store: shared,
    directory: config.store.dataDir,
    maxBytes: config.store.spoolMaxBytes,
    pingEveryMs: PING_EVERY_MS,
    clock,
    leaseUntilMs: leases.untilMs,
    onEvent(event) {
      tellOfSpool({ logger, onCorrected: (record) => listener.corrected(record) }, event)
      if (event.kind === 'store_back') keepRoutes()
    },
  })
  const keepRoutes = (): void => {
    // Where the store is away they are kept when it is back.
    const { version, ids } = generation.planning.routeList
    shared.putRoutes(version, ids).catch(() => undefined)
  }
  const sweep = createSweep({
    store: shared,
    clock: leaseClock,
    intervalMs: Math.min(SWEEP_EVERY_MS, leaseMs),
    mayRun: () => maySweep(store.status(), { nowMs: clock.now(), leaseMs }),
    isServed: (requestId) => leases.isTracked(requestId),
    onExpired: (record) => listener.finished(record),
    onError: (error) => logger.warn({ err: error }, 'sweep failed'),
  })
  const upkeep = createUpkeep({
    store: shared,
    retention: config.store.retention,
    clock,
    intervalMs: 60_000,
    onError: (error) => logger.warn({ err: error }, 'upkeep of the store failed'),
  })

  // access: who is calling
  const declared = createDeclaredKeys(config.keys)
  const authenticator = createAuthenticator({ keys: store, declared, clock, mode: config.auth.mode })

  // content: what a team lets be sampled
  const contentLog = createContentLog({ ...config.content, adminKey: config.admin.key, store, clock, logger })

  // chat: the use case
  const turns = createTurnMemory({
    ...config.reasoning,
    isOn: config.reasoning.keep,
    store,
    clock,
    onError: (error) => logger.warn({ err: error }, 'kept reasoning could not be used'),
  })
  const schemas = createSchemaChecker({ clock })
  const lasting = {
    ledger: store,
    budgetListener: budgetAlerts,
    policies,
    budgetList,
    leases,
    turns,
    schemas,
    onAlert: (alert: Parameters<typeof listener.alerted>[0]) => listener.alerted(alert),
    listener: contentLog.over({
      ...listener,
      finished(record) {
        metrics.requestEnded()
        listener.finished(record)
      },
      refused(refusal) {
        metrics.requestEnded()
        listener.refused(refusal)
      },
    }),
    beginTrace: otlp.beginTrace,
    clock,
    random: Math.random,
  }
  const begin = (next: Pick<Generation, 'config' | 'catalog'>, before: Generation | null): Generation => {
    for (const route of next.catalog.routes) models.add(modelOf(route))
    return createGeneration({ ...next, lasting, before })
  }
  let generation = begin({ config, catalog }, null)
  keepRoutes()

  const admin = createAdmin({
    store,
    policies,
    declared,
    archive: contentLog.archive,
    clock,
    random: randomBytes,
    actor: 'admin_api',
    providers: () => generation.planning.providers.names,
    routeList: () => generation.planning.routeList,
    requestsKeptMs: config.store.retention.requestsMs,
    notBooked: () => metrics.notBooked(),
    onReconciled: (difference) => metrics.recordReconciled(difference),
  })

  const open = new Slots<Promise<void>>()
  const reload = createReload<NextConfig>({
    read: () => readNextConfig(generation, readConfig()),
    apply(next) {
      const before = generation
      generation = begin(next, before)
      policies.configure(next.config.policies)
      declared.configure(next.config.keys)
      contentLog.configure(next.config.content.teams)
      keepRoutes()
      // Requests under way end on the connections they began on.
      if (generation.upstream !== before.upstream) void Promise.all(open).then(() => before.upstream.close())
    },
    problemsOf: (error) => (error instanceof ConfigError ? listProblems(error) : null),
    listener: tellOfReload({
      logger,
      onReload: (isApplied) => metrics.recordReload(isApplied),
      summarize: () => summarize(generation, clock.now()),
    }),
  })

  // http: bytes in, OpenAI's errors out
  const server = createServer({
    limits: config.server,
    authenticate: authenticator.authenticate,
    complete: (call) => {
      metrics.requestStarted()
      let place = -1
      const running = generation.complete(contentLog.begin(call)).finally(() => void open.remove(place))
      place = open.add(running)
    },
    listModels: (caller) => generation.listModels(caller),
    readiness: () => readReadiness(generation.config, store),
    metrics: {
      render: (format) => {
        listener.flush()
        return scrape === undefined ? metrics.render(format) : scrape()
      },
      token: config.metrics.token?.reveal() ?? null,
    },
    admin: {
      adminKey: config.admin.key?.reveal() ?? null,
      clock,
      ...admin,
      providerStatus: () => readProviderStatus(generation),
      reload: async () => {
        const report = await reload()
        await reloadOthers?.()
        return report
      },
      traffic: createTraffic(store, clock),
      explain: async ({ keyId, ...call }) =>
        generation.explain({ ...call, caller: await findCaller({ keys: store, declared }, keyId) }),
    },
    onInternalError: (requestId, error) =>
      logger.error({ request_id: requestId, err: error }, 'request failed'),
  })

  return {
    logger,
    ledger: store,
    reload,
    snapshot() {
      listener.flush()
      return metrics.snapshot()
    },
    async listen() {
      const url = await server.listen({ host: config.server.host, port: config.server.port })
      const { facts, notes } = summarize(generation, clock.now())
      logger.info({ url, ...facts }, `listening on ${url}`)
      logNotes(logger, notes)
      return url
    },
    async close() {
      const { drainTimeoutMs } = generation.config.server
      await drain(server, drainTimeoutMs)
      // Answers that are drained after their client left, and bookings, are still under way.
      await settled(open, drainTimeoutMs)
      leases.close()
      policies.close()
      await sweep.close()
      await upkeep.close()
      turns.close()
      await schemas.close()
      await store.close()
      await webhooks.close()
      await generation.upstream.close()
      listener.flush()
      await otlp.close()
      await log.close()
    },
  }
}
