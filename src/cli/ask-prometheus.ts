// Asks a Prometheus server for the counters of spend of all gateways that it scrapes, made only when asked for.

import { request } from 'undici'
import { wholeHours } from '../admin/reconcile/ledger-check.ts'
import { formatUsd } from '../core/money.ts'
import { parseJson, readField, readList } from './answer.ts'
import { type AskedSpan, askedPeriod } from './ask-provider.ts'
import { UsageError } from './command.ts'
import { type CounterPart, type CounterSeries, EDGE_MS, SpendCount } from './counted-spend.ts'

const TIMEOUT_MS = 60_000
const STEP_S = 60
const DAY_MS = 86_400_000

const QUERIES = {
  spend: 'sum by (job, instance, provider, model) (farthing_spend_usd_total)',
  replaced: 'sum by (job, instance) (farthing_estimates_replaced_usd_total)',
  starts: 'max by (job, instance) (process_start_time_seconds and on (job, instance) farthing_store_up)',
} as const

/** As `POST /admin/reconcile` takes it. */
export async function fetchCounted(url: string, span: AskedSpan, nowMs: number): Promise<object> {
  const base = readAddress(url)
  const period = askedPeriod(span, nowMs)
  // As the ledger adds up: by whole hours, and at the end up to now.
  const whole = wholeHours(period)
  const { fromMs } = whole
  const toMs = Math.min(whole.toMs, nowMs)
  const lastMs = Math.min(toMs + EDGE_MS, nowMs)
  const count = new SpendCount({ fromMs, toMs, lastMs })
  for (let atMs = fromMs; atMs <= lastMs; atMs += DAY_MS) {
    count.add(await fetchPart(base, atMs, Math.min(atMs + DAY_MS - STEP_S * 1000, lastMs)))
  }
  // The moments asked for are a minute apart: the very last one stands by itself.
  count.add(await fetchPart(base, lastMs, lastMs))
  const { rows, replaced, hasGaps } = count.result()
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    has_gaps: hasGaps,
    replaced_usd: formatUsd(replaced),
    spend: rows.map(({ day, provider, model, cost, atEdges }) => ({
      day,
      provider,
      model,
      usd: formatUsd(cost),
      at_edges_usd: formatUsd(atEdges),
    })),
  }
}

async function fetchPart(base: URL, fromMs: number, toMs: number): Promise<CounterPart> {
  const ask = (query: string) => fetchRange(base, { query, fromMs, toMs })
  const [spend, replaced, starts] = await Promise.all([
    ask(QUERIES.spend),
    ask(QUERIES.replaced),
    ask(QUERIES.starts),
  ])
  return { spend, replaced, starts }
}

interface Range {
  readonly query: string
  readonly fromMs: number
  readonly toMs: number
}

async function fetchRange(base: URL, { query, fromMs, toMs }: Range): Promise<readonly CounterSeries[]> {
  const url = new URL(`${base.href}api/v1/query_range`)
  url.search = new URLSearchParams({
    query,
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: String(STEP_S),
  }).toString()
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`${base.host} answered ${statusCode}: ${text.slice(0, 300)}`)
  const data = readField(parseJson(text), 'data')
  if (readField(data, 'resultType') !== 'matrix')
    throw new Error(`${base.host} does not answer as a Prometheus server does`)
  return readList(data, 'result').map((series) => ({
    labels: readLabels(readField(series, 'metric')),
    samples: readList(series, 'values').map(readSample),
  }))
}

function readLabels(metric: unknown): CounterSeries['labels'] {
  return Object.fromEntries(Object.entries(Object(metric)).map(([name, value]) => [name, String(value)]))
}

/** Seconds, and the value as text (prometheus.io, HTTP API, range vectors, read 2026-11-25). */
function readSample(pair: unknown): CounterSeries['samples'][number] {
  const [atS, value] = Array.isArray(pair) ? pair : []
  return [Math.round(Number(atS) * 1000), Number(value)]
}

function readAddress(url: string): URL {
  const base = URL.parse(url.endsWith('/') ? url : `${url}/`)
  if (base === null || !/^https?:$/.test(base.protocol))
    throw new UsageError('--prometheus takes an address such as http://127.0.0.1:9090')
  return base
}
