// Every metric: name, help, labels, buckets; gauges of the store and of the catalogue in the two files beside it. Counters
// are summed exactly in series.ts and handed over at scrape time, so no float sum of money is ever built up.
// docs/metrics.md says the same.

import { Gauge, Registry } from 'prom-client'
import type { ErrorKind } from '../core/errors.ts'
import type { MetricsFormat, RenderedMetrics } from '../core/metrics-format.ts'
import { formatUsd } from '../core/money.ts'
import type { PlanReason } from '../core/plan-reason.ts'
import { type RequestRecord, requestCost } from '../core/request-record.ts'
import { TIERS } from '../core/tier.ts'
import { type BudgetProbes, defineBudgetGauges } from './budget-gauges.ts'
import { type CatalogProbes, defineCatalogGauges } from './catalog-gauges.ts'
import { type ChoiceTable, createChoiceTable } from './choices.ts'
import { CountedHistogram } from './counted-histogram.ts'
import { GEN_AI_SECONDS, GEN_AI_TOKENS } from './gen-ai-buckets.ts'
import type { Snapshot } from './merged-metrics.ts'
import { createModelTable } from './model-series.ts'
import { NO_LABELS, ReadCounter, type Reading } from './read-counter.ts'
import { type AttemptTimes, recordInto } from './record-request.ts'
import { defineReloadMetrics } from './reload-metrics.ts'
import { renderMetrics } from './render-metrics.ts'
import { createSeriesTable, NONE, readTokens, type Series } from './series.ts'
import { defineStoreGauges, type StoreProbes } from './store-gauges.ts'

export interface Metrics {
  requestStarted(): void
  /** Whatever became of it; once per requestStarted(). */
  requestEnded(): void
  recordRequest(record: RequestRecord): void
  /** Its late end replaced an estimate (`estimateReplaced`). A counter cannot go down: what is to be subtracted has its own. */
  recordCorrection(record: RequestRecord): void
  /** A request that was counted, and that nothing could book. */
  recordNotBooked(record: RequestRecord): void
  /** What nothing could book, picodollars. */
  notBooked(): bigint
  /** What the last reconciliation found that somebody has to look at, picodollars, beside what could not be booked. */
  recordReconciled(difference: bigint): void
  /** A budget needs attention. */
  recordBudgetAlert(scope: string, period: string, kind: string): void
  /** The configuration was read again, and is in force, or was refused. */
  recordReload(isApplied: boolean): void
  /** A request that never reached a provider. */
  recordRefusal(kind: ErrorKind, team: string | null): void
  /** In the text format, or as OpenMetrics, which has exemplars: the last trace of each bucket. */
  render(format?: MetricsFormat): Promise<RenderedMetrics>
  /** For a process that tells those of several as one. */
  snapshot(): Promise<Snapshot>
}

/** Asked at scrape time. */
export interface Probes extends StoreProbes, CatalogProbes, BudgetProbes {
  /** `provider/model` of routes whose circuit is not closed. */
  readonly openModels: () => Iterable<string>
}

export interface MetricsOptions {
  /** `provider/model` of every route: the closed set of the labels provider and model. A reload may add to it. */
  readonly models: ReadonlySet<string>
  readonly probes: Probes
  /** Why the first route of this decision was the first. */
  readonly planReason: (decision: string) => PlanReason
  /** Teams that get a label of their own, in order of appearance; 1,000 unless told. */
  readonly maxTeams?: number
  readonly registry?: Registry
}

const REQUEST_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600]
const FIRST_TOKEN_SECONDS = [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60, 120]
const OVERHEAD_SECONDS = [
  50e-6, 100e-6, 200e-6, 300e-6, 500e-6, 750e-6, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1,
]

export function createMetrics(options: MetricsOptions): Metrics {
  const { models, probes, maxTeams = 1000, registry = new Registry() } = options
  const series = createSeriesTable({ models, tiers: new Set(TIERS), maxTeams })
  const modelTable = createModelTable(models)
  const choices = createChoiceTable({ models, planReason: options.planReason })
  const replaced: Replaced = { requests: 0, cost: 0n, baseline: 0n }
  let notBooked = 0n
  let unreconciled = 0n
  let inFlight = 0

  defineCounters({ registry, series: () => series.all(), modelTable, choices })
  defineReplaced(registry, replaced)
  defineGauges({ registry, probes, models, inFlight: () => inFlight })
  defineStoreGauges({ registry, probes, notBooked: () => notBooked + unreconciled })
  defineCatalogGauges(registry, probes)
  const budgets = defineBudgetGauges(registry, probes)
  const reloads = defineReloadMetrics(registry)
  const times = defineHistograms(registry)

  return {
    requestStarted: () => void inFlight++,
    requestEnded: () => void inFlight--,
    recordRequest(record) {
      recordInto({ series, models: modelTable, times }, record)
      choices.count(record)
    },
    recordCorrection({ estimateReplaced }) {
      replaced.requests++
      replaced.cost += BigInt(estimateReplaced?.cost ?? 0)
      replaced.baseline += BigInt(estimateReplaced?.baseline ?? 0)
    },
    recordNotBooked(record) {
      notBooked += BigInt(requestCost(record))
    },
    notBooked: () => notBooked,
    recordReconciled(difference) {
      unreconciled = difference
    },
    recordBudgetAlert: (scope, period, kind) => budgets.alerted(scope, period, kind),
    recordReload: (isApplied) => reloads.record(isApplied),
    recordRefusal(kind, team) {
      const { outcomes } = series.at({ provider: NONE, model: NONE, tier: NONE, team })
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
    },
    render: (format = 'text') => renderMetrics(registry, format),
    snapshot: () => registry.getMetricsAsJSON(),
  }
}

/** Estimates that were counted and then replaced. */
interface Replaced {
  requests: number
  cost: bigint
  baseline: bigint
}

interface CounterSources {
  readonly registry: Registry
  readonly series: () => Iterable<Series>
  readonly modelTable: ReturnType<typeof createModelTable>
  readonly choices: ChoiceTable
}

type DefineCounter = (name: string, help: string, read: () => Iterable<Reading>) => void

function counters(registry: Registry): DefineCounter {
  return (name, help, read) => void new ReadCounter({ name, help, registry, read })
}

function defineCounters({ registry, series, modelTable, choices }: CounterSources): void {
  const counter = counters(registry)
  counter('farthing_requests_total', 'Requests of clients that ended, by how.', function* () {
    for (const { labels: shared, outcomes } of series())
      for (const [outcome, value] of outcomes) yield { shared, own: { outcome }, value }
  })
  counter('farthing_attempts_total', 'Calls of providers that ended, by how.', function* () {
    for (const { labels: shared, outcomes } of modelTable.all())
      for (const [outcome, value] of outcomes) yield { shared, own: { outcome }, value }
  })
  counter(
    'farthing_choices_total',
    'Requests that were sent, by the last route and why it was that one.',
    function* () {
      for (const { labels: shared, reasons } of choices.all())
        for (const [reason, value] of reasons) yield { shared, own: { reason }, value }
    },
  )
  counter('farthing_spend_usd_total', 'What providers bill, USD, by how the usage is known.', function* () {
    for (const { labels: shared, spend } of series())
      for (const [source, amount] of spend) yield { shared, own: { source }, value: usd(amount) }
  })
  counter(
    'farthing_baseline_usd_total',
    'What the same tokens would have cost on the baseline model, USD. Saved is this minus spend.',
    function* () {
      for (const { labels: shared, baseline, spend } of series())
        if (spend.size > 0) yield { shared, own: NO_LABELS, value: usd(baseline) }
    },
  )
  counter(
    'farthing_tokens_total',
    'Tokens by disjoint type: input is fresh, output is visible. Their sum is every token once.',
    () => readTokens(series()),
  )
}

function defineReplaced(registry: Registry, replaced: Readonly<Replaced>): void {
  const counter = counters(registry)
  counter(
    'farthing_estimates_replaced_total',
    'Requests that were counted as expired, and again with their real end.',
    () => alone(replaced.requests),
  )
  counter(
    'farthing_estimates_replaced_usd_total',
    'Estimated spend that real spend replaced, USD: to be subtracted from farthing_spend_usd_total.',
    () => alone(usd(replaced.cost)),
  )
  counter(
    'farthing_estimates_replaced_baseline_usd_total',
    'The baseline of replaced estimates, USD: to be subtracted from farthing_baseline_usd_total.',
    () => alone(usd(replaced.baseline)),
  )
}

function alone(value: number): readonly Reading[] {
  return [{ shared: NO_LABELS, own: NO_LABELS, value }]
}

/** The nearest double to the exact amount: through its decimal text, which is rounded once. */
function usd(amount: bigint): number {
  return Number(formatUsd(amount))
}

interface GaugeSources {
  readonly registry: Registry
  readonly probes: Probes
  readonly models: ReadonlySet<string>
  readonly inFlight: () => number
}

function defineGauges({ registry, probes, models, inFlight }: GaugeSources): void {
  const registers = [registry]
  const serving: Gauge = new Gauge({
    name: 'farthing_in_flight_requests',
    help: 'Requests being served now.',
    registers,
    collect: () => serving.set(inFlight()),
  })
  const started: Gauge = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process began, in seconds since 1970: its counters began then at zero.',
    aggregator: 'min',
    registers,
    collect: () => started.set(performance.timeOrigin / 1000),
  })
  const circuit = new Gauge({
    name: 'farthing_circuit_open',
    help: '1 while the circuit of a route to this model is not closed, else 0.',
    labelNames: ['provider', 'model'],
    // Open in one process, open in all.
    aggregator: 'max',
    registers,
    collect: () => {
      const open = new Set(probes.openModels())
      for (const id of models) {
        const slash = id.indexOf('/')
        circuit.set({ provider: id.slice(0, slash), model: id.slice(slash + 1) }, open.has(id) ? 1 : 0)
      }
    },
  })
}

function defineHistograms(registry: Registry): AttemptTimes {
  const histogram = (
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: string[] = [],
  ): CountedHistogram => {
    const metric = new CountedHistogram({ name, help, buckets, labelNames })
    registry.registerMetric(metric)
    return metric
  }
  const request = histogram(
    'farthing_request_duration_seconds',
    'From a request to the end of its answer.',
    REQUEST_SECONDS,
  )
  const overhead = histogram(
    'farthing_overhead_seconds',
    'The part of a request that is our own time.',
    OVERHEAD_SECONDS,
  )
  const firstToken = histogram(
    'farthing_time_to_first_token_seconds',
    'From sending to a provider to the first content of its stream.',
    FIRST_TOKEN_SECONDS,
    ['provider', 'model'],
  )
  const genAi = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model']
  const operation = histogram(
    'gen_ai_client_operation_duration_seconds',
    'Duration of a call of a provider.',
    GEN_AI_SECONDS,
    [...genAi, 'error_type'],
  )
  const tokens = histogram('gen_ai_client_token_usage', 'Tokens of a call of a provider.', GEN_AI_TOKENS, [
    ...genAi,
    'gen_ai_token_type',
  ])
  const durations = request.at({})
  const overheads = overhead.at({})
  return {
    request: (seconds, example) => durations.observe(seconds, example),
    overhead: (seconds) => overheads.observe(seconds),
    firstToken: (labels, seconds, example) => firstToken.at(labels).observe(seconds, example),
    operation: (labels, seconds, example) => operation.at(labels).observe(seconds, example),
    tokens: (labels, count) => tokens.at(labels).observe(count),
  }
}
