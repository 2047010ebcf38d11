// Whether the gateway serves: rate, errors, times, and the state of what it stands on.

import type { DashboardSpec } from './build-dashboard.ts'
import type { PanelSpec } from './panel.ts'
import { PAYER, PROVIDER, quantile, rate } from './promql.ts'

const REQUESTS = `farthing_requests_total{${PAYER}}`
/** Neither the client nor the request itself was at fault. */
const OURS =
  'outcome=~"upstream_error|upstream_timeout|stream_interrupted|internal_error|store_unavailable|expired"'
const GEN_AI = 'gen_ai_provider_name=~"$provider"'

const traffic: readonly PanelSpec[] = [
  {
    kind: 'stacked',
    title: 'Requests by outcome',
    description: 'Requests per second that ended, by how, refused ones included.',
    unit: 'reqps',
    anchor: 'errors',
    width: 12,
    queries: [{ legend: '{{outcome}}', expr: `sum by (outcome) (${rate(REQUESTS)})` }],
  },
  {
    kind: 'lines',
    title: 'Errors by class',
    description: 'Requests per second that did not end well, by the kind of error.',
    unit: 'reqps',
    anchor: 'errors',
    width: 12,
    queries: [
      {
        legend: '{{outcome}}',
        expr: `sum by (outcome) (${rate(`farthing_requests_total{${PAYER},outcome!~"success|client_gone"}`)})`,
      },
    ],
  },
  {
    kind: 'lines',
    title: 'Share of failed requests',
    description: 'Failures that were not the fault of the request: providers, the store, the gateway.',
    unit: 'percentunit',
    anchor: 'errors',
    width: 12,
    queries: [
      {
        legend: 'failed',
        expr: `(sum(${rate(`farthing_requests_total{${PAYER},${OURS}}`)}) or vector(0)) / sum(${rate(REQUESTS)})`,
      },
    ],
  },
  {
    kind: 'lines',
    title: 'In flight',
    description: 'Requests being served now, by gateway.',
    unit: 'short',
    anchor: 'it-is-slow',
    width: 12,
    queries: [{ legend: '{{instance}}', expr: 'sum by (instance) (farthing_in_flight_requests)' }],
  },
]

const times: readonly PanelSpec[] = [
  {
    kind: 'lines',
    title: 'Request duration',
    description:
      'From a request to the end of its answer. The variables do not apply: it is not counted by them.',
    unit: 's',
    anchor: 'it-is-slow',
    width: 12,
    queries: [0.5, 0.95, 0.99].map((share) => ({
      legend: `p${share * 100}`,
      expr: quantile(share, 'farthing_request_duration_seconds_bucket'),
    })),
  },
  {
    kind: 'lines',
    title: 'Time to first token',
    description: "From sending to a provider to the first content of its stream. Providers' time, not ours.",
    unit: 's',
    anchor: 'it-is-slow',
    width: 12,
    queries: [0.5, 0.95].map((share) => ({
      legend: `{{provider}} p${share * 100}`,
      expr: quantile(share, `farthing_time_to_first_token_seconds_bucket{${PROVIDER}}`, ['provider']),
    })),
  },
  {
    kind: 'lines',
    title: 'Own time',
    description: 'The part of a request that is the gateway itself.',
    unit: 's',
    anchor: 'farthingoverheadhigh',
    width: 12,
    queries: [0.5, 0.99].map((share) => ({
      legend: `p${share * 100}`,
      expr: quantile(share, 'farthing_overhead_seconds_bucket'),
    })),
  },
  {
    kind: 'lines',
    title: 'Duration of calls of providers',
    description: 'Median by provider, from the metric of the OpenTelemetry conventions for generative AI.',
    unit: 's',
    anchor: 'it-is-slow',
    width: 12,
    queries: [
      {
        legend: '{{gen_ai_provider_name}}',
        expr: quantile(0.5, `gen_ai_client_operation_duration_seconds_bucket{${GEN_AI}}`, [
          'gen_ai_provider_name',
        ]),
      },
    ],
  },
  {
    kind: 'lines',
    title: 'Tokens of a call',
    description: 'Median of the prompts and answers that providers reported.',
    unit: 'short',
    anchor: 'it-is-slow',
    width: 12,
    queries: [
      {
        legend: '{{gen_ai_token_type}}',
        expr: quantile(0.5, `gen_ai_client_token_usage_bucket{${GEN_AI}}`, ['gen_ai_token_type']),
      },
    ],
  },
  {
    kind: 'states',
    title: 'Gateways',
    description: '1 while Prometheus can scrape the gateway.',
    unit: 'bool_on_off',
    anchor: 'farthinggatewaydown',
    width: 12,
    queries: [{ legend: '{{instance}}', expr: 'up{job="farthing"}' }],
  },
]

const ledger: readonly PanelSpec[] = [
  {
    kind: 'states',
    title: 'Store',
    description: '1 while the store of the ledger answers, by gateway.',
    unit: 'bool_on_off',
    anchor: 'farthingstoreaway',
    width: 12,
    queries: [{ legend: '{{instance}}', expr: 'min by (instance) (farthing_store_up)' }],
  },
  {
    kind: 'lines',
    title: 'Spool',
    description: 'Settlements on the disk of a gateway that wait for the store.',
    unit: 'short',
    anchor: 'farthingspoolgrowing',
    width: 12,
    queries: [{ legend: '{{instance}}', expr: 'sum by (instance) (farthing_spool_pending)' }],
  },
  {
    kind: 'lines',
    title: 'Holds',
    description:
      'Requests for which a worst case is set aside. Every gateway tells those of the whole store.',
    unit: 'short',
    anchor: 'holds-do-not-go-away',
    width: 8,
    queries: [{ legend: 'holds', expr: 'max(farthing_holds)' }],
  },
  {
    kind: 'lines',
    title: 'Held',
    description: 'The sum of all holds.',
    unit: 'currencyUSD',
    anchor: 'holds-do-not-go-away',
    width: 8,
    queries: [{ legend: 'held', expr: 'max(farthing_held_usd)' }],
  },
  {
    kind: 'stat',
    title: 'Reconcile difference',
    description: 'Spend that was counted and that neither the ledger nor the spool took. It has to be zero.',
    unit: 'currencyUSD',
    anchor: 'farthingreconciledifference',
    width: 8,
    queries: [{ legend: 'difference', expr: 'sum(farthing_reconcile_difference_usd)' }],
  },
  {
    kind: 'stat',
    title: 'Age of the catalogue',
    description: 'Time since a person last compared the prices with the vendors.',
    unit: 's',
    anchor: 'farthingcatalogold',
    width: 12,
    queries: [{ legend: 'age', expr: 'max(farthing_catalog_age_seconds)' }],
  },
  {
    kind: 'stat',
    title: 'Estimates replaced',
    description:
      'Spend that was counted as an estimate and then again as it really was: to be taken off the spend.',
    unit: 'currencyUSD',
    anchor: 'the-estimated-share-grows',
    width: 12,
    queries: [{ legend: 'replaced', expr: 'sum(farthing_estimates_replaced_usd_total)' }],
  },
]

export const serviceDashboard: DashboardSpec = {
  uid: 'farthing-service',
  title: 'Farthing: service',
  description: 'Whether the gateway serves: rate, errors, times, and the state of what it stands on.',
  rows: [
    { title: 'Traffic', panels: traffic },
    { title: 'Times', panels: times },
    { title: 'Ledger', panels: ledger },
  ],
}
