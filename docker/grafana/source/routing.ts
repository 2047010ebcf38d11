// Who is chosen and why, at which prices, and who is left alone.

import type { DashboardSpec } from './build-dashboard.ts'
import type { PanelSpec } from './panel.ts'
import { grew, PAYER, PROVIDER, rate } from './promql.ts'

const REQUESTS = `farthing_requests_total{${PAYER},provider!="none"}`
const CHOICES = `farthing_choices_total{${PROVIDER}}`
const ATTEMPTS = `farthing_attempts_total{${PROVIDER}}`
const FALLBACKS = `farthing_choices_total{${PROVIDER},reason="fallback"}`

const chosen: readonly PanelSpec[] = [
  {
    kind: 'stacked',
    title: 'Requests by model',
    description: 'Requests per second that were sent, by the model of the last attempt.',
    unit: 'reqps',
    anchor: 'another-route-than-expected',
    width: 12,
    queries: [{ legend: '{{provider}}/{{model}}', expr: `sum by (provider, model) (${rate(REQUESTS)})` }],
  },
  {
    kind: 'stacked',
    title: 'Why it was chosen',
    description:
      'cheapest; faster within 1 % of the cheapest; the only one eligible; pinned by the client; fallback after another failed; rate limited upstream, as every route was.',
    unit: 'reqps',
    anchor: 'another-route-than-expected',
    width: 12,
    queries: [{ legend: '{{reason}}', expr: `sum by (reason) (${rate(CHOICES)})` }],
  },
  {
    kind: 'stacked',
    title: 'Tier mix',
    description: 'Requests per second that were sent, by the tier they were routed at.',
    unit: 'reqps',
    anchor: 'another-route-than-expected',
    width: 12,
    queries: [{ legend: '{{tier}}', expr: `sum by (tier) (${rate(REQUESTS)})` }],
  },
  {
    kind: 'table',
    title: 'Choices by model and reason',
    description: 'Requests that were sent in the chosen range, by who answered last and why it was that one.',
    unit: 'short',
    anchor: 'another-route-than-expected',
    width: 12,
    queries: [{ legend: '', expr: `sort_desc(sum by (provider, model, reason) (${grew(CHOICES)}))` }],
  },
]

const prices: readonly PanelSpec[] = [
  {
    kind: 'states',
    title: 'Price windows in force',
    description: "1 while the price of a provider's window of hours holds, 0 while its ordinary one does.",
    unit: 'bool_on_off',
    anchor: 'prices-change-by-the-hour',
    width: 12,
    queries: [
      {
        legend: '{{provider}}/{{model}}',
        expr: `max by (provider, model) (farthing_price_window_open{${PROVIDER}})`,
      },
    ],
  },
  {
    kind: 'table',
    title: 'Prices in force now',
    description: 'USD per million tokens of a short prompt, by type of token.',
    unit: 'currencyUSD',
    anchor: 'prices-change-by-the-hour',
    width: 12,
    queries: [
      {
        legend: '',
        expr: `sort(max by (provider, model, type) (farthing_price_usd_per_token{${PROVIDER}}) * 1e6)`,
      },
    ],
  },
  {
    kind: 'lines',
    title: 'Price of output over time',
    description: 'USD per million tokens. Steps are windows that open and shut, and new price sheets.',
    unit: 'currencyUSD',
    anchor: 'prices-change-by-the-hour',
    width: 12,
    queries: [
      {
        legend: '{{provider}}/{{model}}',
        expr: `max by (provider, model) (farthing_price_usd_per_token{${PROVIDER},type="output"}) * 1e6`,
      },
    ],
  },
  {
    kind: 'table',
    title: 'Days until retirement',
    description: 'Models of the catalogue whose vendor named a last day; below zero it has passed.',
    unit: 'd',
    anchor: 'farthingmodelretires',
    width: 12,
    queries: [
      {
        legend: '',
        expr: `sort((max by (provider, model) (farthing_model_retires_timestamp_seconds{${PROVIDER}}) - time()) / 86400)`,
      },
    ],
  },
]

const trouble: readonly PanelSpec[] = [
  {
    kind: 'lines',
    title: 'Share of fallbacks',
    description:
      'Of the requests that were sent, those that another route answered than the first. By who answered.',
    unit: 'percentunit',
    anchor: 'farthingproviderdown',
    width: 12,
    queries: [
      {
        legend: '{{provider}}',
        expr: `(sum by (provider) (${rate(FALLBACKS)}) or 0 * sum by (provider) (${rate(CHOICES)})) / (sum by (provider) (${rate(CHOICES)}) > 0)`,
      },
    ],
  },
  {
    kind: 'stacked',
    title: 'Attempts by outcome',
    description: 'Calls of providers per second, by how they ended.',
    unit: 'reqps',
    anchor: 'farthingproviderdown',
    width: 12,
    queries: [{ legend: '{{outcome}}', expr: `sum by (outcome) (${rate(ATTEMPTS)})` }],
  },
  {
    kind: 'states',
    title: 'Circuits',
    description: '1 while a model, or its whole provider, is left alone after failures.',
    unit: 'bool_on_off',
    anchor: 'farthingcircuitopen',
    width: 12,
    queries: [
      {
        legend: '{{provider}}/{{model}}',
        expr: `max by (provider, model) (farthing_circuit_open{${PROVIDER}})`,
      },
    ],
  },
  {
    kind: 'lines',
    title: 'Share of attempts that failed',
    description: 'By provider. Clients that left are no failures.',
    unit: 'percentunit',
    anchor: 'farthingproviderdown',
    width: 12,
    queries: [
      {
        legend: '{{provider}}',
        expr: `1 - sum by (provider) (${rate(`farthing_attempts_total{${PROVIDER},outcome=~"success|client_gone"}`)}) / (sum by (provider) (${rate(ATTEMPTS)}) > 0)`,
      },
    ],
  },
  {
    kind: 'bars',
    title: 'Providers on',
    description: '1 where the provider has its key and is enabled.',
    unit: 'bool_on_off',
    anchor: 'farthingproviderdown',
    width: 12,
    queries: [{ legend: '{{provider}}', expr: `max by (provider) (farthing_provider_on{${PROVIDER}})` }],
  },
  {
    kind: 'stat',
    title: 'Models without a price',
    description: 'Models with routes that have no price in force in their region: they are never routed to.',
    unit: 'short',
    anchor: 'farthingpricemissing',
    width: 12,
    queries: [
      {
        legend: 'models',
        expr: `count(max by (provider, model) (farthing_model_priced{${PROVIDER}}) == 0) or vector(0)`,
      },
    ],
  },
]

export const routingDashboard: DashboardSpec = {
  uid: 'farthing-routing',
  title: 'Farthing: routing',
  description: 'Who is chosen and why, at which prices, and who is left alone.',
  rows: [
    { title: 'Who is chosen', panels: chosen },
    { title: 'Prices', panels: prices },
    { title: 'Fallbacks and circuits', panels: trouble },
  ],
}
