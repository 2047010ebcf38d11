// npm run bench:metrics: how long GET /metrics takes with ten thousand series, over HTTP, as Prometheus asks.

import { performance } from 'node:perf_hooks'
import Fastify from 'fastify'
import { loadCatalogFile } from '../src/config/load-catalog-file.ts'
import { loadConfig } from '../src/config/load-config.ts'
import type { RequestRecord } from '../src/core/request-record.ts'
import type { Route } from '../src/core/route.ts'
import { metrics as metricsRoute } from '../src/http/routes/metrics.ts'
import { createMetrics, type Metrics } from '../src/telemetry/metrics.ts'
import { QUIET_PROBES } from '../test/unit/telemetry/quiet-probes.ts'

const SERIES = 10_000
const SCRAPES = 50
const LIMIT_MS = 50

const catalog = loadCatalogFile(loadConfig({ file: 'config/gateway.yaml', env: {} }))
const metrics = createMetrics({
  models: new Set(catalog.routes.map(({ provider, model }) => `${provider}/${model}`)),
  planReason: () => 'cheapest',
  probes: QUIET_PROBES,
})

const series = await fill(metrics)
const server = Fastify()
await server.register(metricsRoute, { render: (format) => metrics.render(format), token: null })
const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/metrics`
const times: number[] = []
let bytes = 0
for (let scrape = 0; scrape < SCRAPES; scrape++) {
  const startedAt = performance.now()
  bytes = (await (await fetch(url, { headers: { accept: 'application/openmetrics-text' } })).arrayBuffer())
    .byteLength
  times.push(performance.now() - startedAt)
}
await server.close()
const before = process.cpuUsage()
for (let scrape = 0; scrape < SCRAPES; scrape++) await metrics.render()
const { user, system } = process.cpuUsage(before)
const cpuMs = (user + system) / 1000 / SCRAPES
times.sort((a, b) => a - b)
const median = times[SCRAPES >> 1] ?? Number.NaN
console.log(
  `${series} series, ${(bytes / 1024).toFixed(0)} KiB: median ${median.toFixed(1)} ms, slowest of ${SCRAPES} ` +
    `${times.at(-1)?.toFixed(1)} ms; ${cpuMs.toFixed(1)} ms of CPU; ${median < LIMIT_MS ? 'below' : 'ABOVE'} ${LIMIT_MS} ms`,
)

/** Teams that use every route, until there are enough series. */
async function fill(into: Metrics): Promise<number> {
  for (let team = 0; ; team++) {
    for (const route of catalog.routes) into.recordRequest(recordOf(route, `team-${team}`))
    const { body } = await into.render()
    const count = body.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length
    if (count >= SERIES) return count
  }
}

function recordOf(route: Route, team: string): RequestRecord {
  const cost = { input: 1_234_567, cachedInput: 0, cacheWrite: 0, output: 89, total: 1_234_656 }
  const usage = { freshInput: 1234, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0, output: 89, reasoning: 0 }
  return {
    requestId: 'request',
    keyId: 'key',
    team,
    project: null,
    tags: {},
    startedAtMs: 0,
    endedAtMs: 1000,
    requestedModel: 'standard',
    tier: route.tier,
    isStream: true,
    outcome: 'success',
    status: 200,
    baseline: 2_000_000,
    baselineModel: null,
    overheadMs: 0.3,
    decision: '',
    attempts: [
      {
        attemptId: 'request.1',
        route: route.id,
        provider: route.provider,
        model: route.model,
        effort: route.effort,
        startedAtMs: 1,
        firstByteAtMs: 300,
        endedAtMs: 1000,
        outcome: 'success',
        status: 200,
        reason: null,
        usage,
        source: 'provider',
        cost,
      },
    ],
  }
}
