// Puts the file's sections, the environment and the defaults together.

import { buildBudget, buildLimits, NO_LIMITS, ORG_NAME, type ScopePolicy } from '../core/budget.ts'
import type { Config, DeadlineConfig } from './config.ts'
import { buildContentTeams } from './content-config.ts'
import type { Environment, GatewayEnvironment, Report } from './environment.ts'
import { buildDeclaredKeys } from './key-config.ts'
import type { ParsedFile } from './parse-file.ts'
import { buildProviders } from './provider-config.ts'
import type { FileConfig } from './schema.ts'
import type { Secret } from './secret.ts'
import { readSecret } from './secret-choice.ts'
import { buildWebhooks } from './webhook-config.ts'

export interface ConfigSources {
  readonly parsed: ParsedFile
  /** Its path, as it was given. */
  readonly path: string
  readonly gateway: GatewayEnvironment
  readonly env: Environment
  readonly catalogPath: string
}

/** What does not fit goes to `report`, and the result must then not be used. */
export function buildConfig(sources: ConfigSources, report: Report): Config {
  const { parsed, path, gateway, env, catalogPath } = sources
  const { content: file, keyLines: lines } = parsed
  const { server, routing, circuit, store, reasoning } = file
  const deadlines = buildDeadlines(file.deadlines)
  const providers = buildProviders(file, { env, deadlines, report })
  return {
    server: {
      host: gateway.host ?? server.host,
      port: gateway.port ?? server.port,
      workers: server.workers,
      bodyLimitBytes: server.body_limit,
      requestTimeoutMs: server.request_timeout_ms,
      drainTimeoutMs: server.drain_timeout_ms,
      maxHeaderBytes: server.max_header_bytes,
    },
    auth: file.auth,
    admin: { key: gateway.adminKey },
    metrics: { token: metricsToken(file, env, report) },
    otlp: gateway.otlp,
    webhooks: buildWebhooks(file.webhooks, env, report),
    catalogPath,
    routing: {
      defaultTier: routing.default_tier,
      baseline: routing.baseline,
      defaultOutputCap: routing.default_output_cap,
      maxAttempts: routing.max_attempts,
      jsonSchema: routing.json_schema,
      aliases: new Map(
        Object.entries(routing.aliases).map(([name, { tier, baseline }]) => [
          name,
          { tier, baseline: baseline ?? null },
        ]),
      ),
    },
    providers,
    deadlines,
    circuit: {
      failures: circuit.failures,
      windowMs: circuit.window_ms,
      openMs: circuit.open_ms,
      rateLimitMs: circuit.rate_limit_ms,
      openLongMs: circuit.open_long_ms,
      disableMs: circuit.disable_ms,
    },
    streams: file.streams,
    store: {
      redisUrl: gateway.redisUrl,
      dataDir: gateway.dataDir,
      leaseMs: store.lease_ms,
      whenAway: store.when_away,
      spoolMaxBytes: store.spool_max_bytes,
      commandTimeoutMs: store.command_timeout_ms,
      retention: {
        requestsMs: daysToMs(store.retention.requests_days),
        hourlyMs: daysToMs(store.retention.hourly_days),
        dailyMs: daysToMs(store.retention.daily_days),
      },
    },
    policies: buildPolicies(file),
    keys: buildDeclaredKeys(
      { sections: file.keys, file: path, lines, providers: [...providers.keys()], env },
      report,
    ),
    routeLimits: new Map(
      Object.entries(file.limits.routes).map(([name, limits]) => [name, buildLimits(limits)]),
    ),
    reasoning: {
      keep: reasoning.keep,
      ttlMs: reasoning.ttl_ms,
      maxEntryBytes: reasoning.max_entry_bytes,
      maxBytes: reasoning.max_bytes,
    },
    content: {
      maxBytes: file.content.max_bytes,
      teams: buildContentTeams(file.content.teams, { key: gateway.adminKey }, report),
    },
    log: { level: gateway.logLevel, requests: file.log.requests },
  }
}

function buildPolicies({ budgets, limits }: FileConfig): ReadonlyMap<string, ScopePolicy> {
  const policies = new Map<string, ScopePolicy>()
  const add = (name: string, policy: Partial<ScopePolicy>): void =>
    void policies.set(name, { budgets: [], limits: NO_LIMITS, ...policies.get(name), ...policy })
  if (budgets.org.length > 0) add(`org:${ORG_NAME}`, { budgets: budgets.org.map(buildBudget) })
  for (const [name, list] of Object.entries(budgets.teams))
    add(`team:${name}`, { budgets: list.map(buildBudget) })
  for (const [name, list] of Object.entries(budgets.projects))
    add(`project:${name}`, { budgets: list.map(buildBudget) })
  for (const [name, one] of Object.entries(limits.teams)) add(`team:${name}`, { limits: buildLimits(one) })
  return policies
}

function buildDeadlines(file: FileConfig['deadlines']): DeadlineConfig {
  return {
    connectMs: file.connect_ms,
    firstByteMs: file.first_byte_ms,
    betweenChunksMs: file.between_chunks_ms,
    totalMs: file.total_ms,
  }
}

function metricsToken({ metrics }: FileConfig, env: Environment, report: Report): Secret | null {
  const { token: written, token_env: variable } = metrics
  return readSecret({ path: 'metrics', name: 'token', written, variable }, env, report)
}

function daysToMs(days: number | null): number | null {
  return days === null ? null : days * 86_400_000
}
