// Where the money goes, what it would have cost, and what is about to run out.

import type { DashboardSpec } from './build-dashboard.ts'
import type { PanelSpec } from './panel.ts'
import { budget, grew, MONTH_LEFT_SECONDS, PAYER, rate, TOKENS } from './promql.ts'

const SPEND = `farthing_spend_usd_total{${PAYER}}`
const BASELINE = `farthing_baseline_usd_total{${PAYER}}`
const REQUESTS = `farthing_requests_total{${PAYER}}`
const INPUT = `farthing_tokens_total{${TOKENS},type=~"input|cached_input|cache_write"}`
const CACHED = `farthing_tokens_total{${TOKENS},type="cached_input"}`
const ESTIMATED = `farthing_spend_usd_total{${PAYER},source="estimated"}`
const HOUR = 3600
const DAY = 86_400

const now: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'Spend now',
    description: 'What providers bill at the pace of the last minutes, per hour.',
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 6,
    queries: [{ legend: 'per hour', expr: `sum(${rate(SPEND)}) * ${HOUR}` }],
  },
  {
    kind: 'stat',
    title: 'Spend',
    description:
      'What providers billed in the chosen range: the sum of the ledger, as long as every process was scraped from its start.',
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 6,
    queries: [{ legend: 'spend', expr: `sum(${grew(SPEND)})` }],
  },
  {
    kind: 'stat',
    title: 'Saved',
    description: 'Baseline minus spend in the chosen range; below zero where routing was dearer.',
    unit: 'currencyUSD',
    anchor: 'savings-fall',
    width: 6,
    queries: [{ legend: 'saved', expr: `sum(${grew(BASELINE)}) - sum(${grew(SPEND)})` }],
  },
  {
    kind: 'stat',
    title: 'Saved share',
    description: 'Of what the same tokens would have cost on the baseline models.',
    unit: 'percentunit',
    anchor: 'savings-fall',
    width: 6,
    queries: [{ legend: 'share', expr: `1 - sum(${grew(SPEND)}) / sum(${grew(BASELINE)})` }],
  },
  {
    kind: 'stat',
    title: 'Price per 1,000 requests',
    description: 'Spend over requests that ended in the chosen range, refused ones included.',
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 6,
    queries: [{ legend: 'price', expr: `sum(${grew(SPEND)}) / sum(${grew(REQUESTS)}) * 1000` }],
  },
  {
    kind: 'stat',
    title: 'Requests',
    description: 'Requests of clients that ended in the chosen range, however they ended.',
    unit: 'short',
    anchor: 'where-the-money-goes',
    width: 6,
    queries: [{ legend: 'requests', expr: `sum(${grew(REQUESTS)})` }],
  },
  {
    kind: 'stat',
    title: 'Cached share of input',
    description:
      "Prompt tokens that came out of a provider's cache. The variable tier does not apply: tokens are not counted by it.",
    unit: 'percentunit',
    anchor: 'the-cached-share-falls',
    width: 6,
    queries: [{ legend: 'cached', expr: `sum(${grew(CACHED)}) / sum(${grew(INPUT)})` }],
  },
  {
    kind: 'stat',
    title: 'Estimated share of spend',
    description:
      'The part of spend that no provider reported: clients that left, streams that broke, processes that crashed.',
    unit: 'percentunit',
    anchor: 'the-estimated-share-grows',
    width: 6,
    queries: [{ legend: 'estimated', expr: `(sum(${grew(ESTIMATED)}) or vector(0)) / sum(${grew(SPEND)})` }],
  },
]

const month: readonly PanelSpec[] = [
  {
    kind: 'stat',
    title: 'Month to date',
    description: 'Spend since the first of the month, as far back as Prometheus keeps it.',
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 6,
    timeFrom: 'now/M',
    queries: [{ legend: 'month to date', expr: `sum(${grew(SPEND)})` }],
  },
  {
    kind: 'stat',
    title: 'Forecast to the end of the month',
    description: 'Month to date, and what is left of the month (UTC) at the pace of the last day.',
    unit: 'currencyUSD',
    anchor: 'farthingforecastoverbudget',
    width: 6,
    timeFrom: 'now/M',
    queries: [
      { legend: 'forecast', expr: `sum(${grew(SPEND)}) + sum(rate(${SPEND}[1d])) * ${MONTH_LEFT_SECONDS}` },
    ],
  },
  {
    kind: 'bars',
    title: 'Budgets used',
    description: "Spent and held, of each budget's limit.",
    unit: 'percentunit',
    anchor: 'farthingbudgetnearlyspent',
    width: 12,
    queries: [
      {
        legend: '{{scope}} {{name}} {{period}}',
        expr: `(${budget('farthing_budget_spent_usd')} + ${budget('farthing_budget_held_usd')}) / (${budget('farthing_budget_limit_usd')} > 0)`,
      },
    ],
  },
  {
    kind: 'lines',
    title: 'Monthly budgets: spent and limit',
    description: 'What the ledger has against each monthly budget, and its limit.',
    unit: 'currencyUSD',
    anchor: 'farthingbudgetspent',
    width: 12,
    queries: [
      { legend: '{{scope}} {{name}} spent', expr: budget('farthing_budget_spent_usd', '{period="month"}') },
      { legend: '{{scope}} {{name}} limit', expr: budget('farthing_budget_limit_usd', '{period="month"}') },
    ],
  },
  {
    kind: 'lines',
    title: 'Monthly budgets: forecast',
    description:
      'Spent, and what is left of the month (UTC) at the pace of the last day, of each monthly budget.',
    unit: 'currencyUSD',
    anchor: 'farthingforecastoverbudget',
    width: 12,
    queries: [{ legend: '{{scope}} {{name}}', expr: 'farthing:budget_forecast_usd' }],
  },
]

function perHourBy(label: string, description: string): PanelSpec {
  return {
    kind: 'stacked',
    title: `Spend per hour by ${label}`,
    description,
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 12,
    queries: [{ legend: `{{${label}}}`, expr: `sum by (${label}) (${rate(SPEND)}) * ${HOUR}` }],
  }
}

const whereItGoes: readonly PanelSpec[] = [
  perHourBy('provider', 'Who is paid. A jump of one provider is a change of routes, prices or traffic.'),
  perHourBy('model', 'Which models are paid for.'),
  perHourBy('tier', 'The tier that requests were routed at.'),
  perHourBy('team', 'The team of the key; `none` are keys without one.'),
  {
    kind: 'table',
    title: 'Spend by provider, model, tier and team',
    description:
      'The sums of the ledger over the chosen range, by everything that a request is counted under.',
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 24,
    queries: [{ legend: '', expr: `sort_desc(sum by (provider, model, tier, team) (${grew(SPEND)}))` }],
  },
]

const saved: readonly PanelSpec[] = [
  {
    kind: 'lines',
    title: 'Spend against baseline',
    description:
      'Per hour: what is spent, what the same tokens would have cost on the baseline models, and the difference.',
    unit: 'currencyUSD',
    anchor: 'savings-fall',
    width: 12,
    queries: [
      { legend: 'baseline', expr: `sum(${rate(BASELINE)}) * ${HOUR}` },
      { legend: 'spend', expr: `sum(${rate(SPEND)}) * ${HOUR}` },
      { legend: 'saved', expr: `(sum(${rate(BASELINE)}) - sum(${rate(SPEND)})) * ${HOUR}` },
    ],
  },
  {
    kind: 'lines',
    title: 'Price per 1,000 requests over time',
    description: 'By tier. Where it rises while the mix stays, prompts grew or routes became dearer.',
    unit: 'currencyUSD',
    anchor: 'where-the-money-goes',
    width: 12,
    queries: [
      {
        legend: '{{tier}}',
        expr: `sum by (tier) (${rate(SPEND)}) / (sum by (tier) (${rate(REQUESTS)}) > 0) * 1000`,
      },
    ],
  },
  {
    kind: 'lines',
    title: 'Cached share of input over time',
    description:
      'By provider. It falls when conversations move between providers, or prompts change at their beginning.',
    unit: 'percentunit',
    anchor: 'the-cached-share-falls',
    width: 12,
    queries: [
      {
        legend: '{{provider}}',
        expr: `sum by (provider) (${rate(CACHED)}) / (sum by (provider) (${rate(INPUT)}) > 0)`,
      },
    ],
  },
  {
    kind: 'stacked',
    title: 'Spend per hour by source of usage',
    description:
      '`provider` was reported, `drained` was read after the client left, `estimated` is what nobody reported.',
    unit: 'currencyUSD',
    anchor: 'the-estimated-share-grows',
    width: 12,
    queries: [{ legend: '{{source}}', expr: `sum by (source) (${rate(SPEND)}) * ${HOUR}` }],
  },
  {
    kind: 'stacked',
    title: 'Tokens per second by type',
    description: 'Disjoint types: their sum is every token once.',
    unit: 'short',
    anchor: 'where-the-money-goes',
    width: 12,
    queries: [{ legend: '{{type}}', expr: `sum by (type) (${rate(`farthing_tokens_total{${TOKENS}}`)})` }],
  },
  {
    kind: 'lines',
    title: 'Spend per day',
    description:
      'The pace of the last 24 hours at every moment, and what it would have cost; from recording rules, so that months can be looked at.',
    unit: 'currencyUSD',
    anchor: 'farthingspendanomaly',
    width: 12,
    queries: [
      {
        legend: '{{provider}}',
        expr: `sum by (provider) (avg_over_time(farthing:spend_usd:rate5m{${PAYER}}[1d])) * ${DAY}`,
      },
      {
        legend: 'baseline of all',
        expr: `sum(avg_over_time(farthing:baseline_usd:rate5m{${PAYER}}[1d])) * ${DAY}`,
      },
    ],
  },
]

export const spendDashboard: DashboardSpec = {
  uid: 'farthing-spend',
  title: 'Farthing: spend',
  description: 'Where the money goes, what it would have cost, and what is about to run out.',
  rows: [
    { title: 'Now, and in the chosen range', panels: now },
    { title: 'This month', panels: month },
    { title: 'Where it goes', panels: whereItGoes },
    { title: 'What it would have cost', panels: saved },
  ],
}
