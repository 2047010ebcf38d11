// Budgets as metrics: limit, spent and held of each that the process knows of, and how often one needed attention.

import { Counter, Gauge, type Registry } from 'prom-client'
import { BUDGET_PERIODS, BUDGET_SCOPES } from '../core/budget.ts'
import { formatUsd } from '../core/money.ts'
import { askOnce } from './ask-once.ts'

export interface BudgetRow {
  readonly scope: string
  readonly name: string
  readonly period: string
  readonly limit: bigint
  readonly spent: bigint
  readonly held: bigint
}

export interface BudgetProbes {
  /** Null where the store cannot be asked. Never rejects. */
  readonly budgets: () => Promise<readonly BudgetRow[] | null>
}

export interface BudgetMetrics {
  alerted(scope: string, period: string, kind: string): void
}

export function defineBudgetGauges(registry: Registry, probes: BudgetProbes): BudgetMetrics {
  const registers = [registry]
  // All three are read in one scrape, so the store is asked once.
  const budgets = askOnce(probes.budgets)
  const gauge = (name: string, help: string, read: (row: BudgetRow) => bigint): void => {
    const metric: Gauge = new Gauge({
      name,
      help,
      labelNames: ['scope', 'name', 'period'],
      // Every process tells those of the store that they share.
      aggregator: 'max',
      registers,
      async collect() {
        const rows = await budgets()
        // A budget that is no more has no sample; nor has any while nobody can tell.
        metric.reset()
        for (const row of rows ?? []) {
          const { scope, name: whose, period } = row
          metric.set({ scope, name: whose, period }, Number(formatUsd(read(row))))
        }
      },
    })
  }
  gauge('farthing_budget_limit_usd', 'The limit of a budget, USD.', ({ limit }) => limit)
  gauge(
    'farthing_budget_spent_usd',
    'What a budget has spent in its present period, USD.',
    ({ spent }) => spent,
  )
  gauge('farthing_budget_held_usd', 'What requests under way hold of a budget, USD.', ({ held }) => held)
  const alerts = new Counter({
    name: 'farthing_budget_alerts_total',
    help: 'Times that a budget passed a share of its limit, or refused for the first time in its period.',
    labelNames: ['scope', 'period', 'kind'],
    registers,
  })
  // From zero, so that Prometheus sees the first one as an increase.
  for (const scope of BUDGET_SCOPES) {
    for (const period of BUDGET_PERIODS)
      for (const kind of ['spent', 'refused']) alerts.inc({ scope, period, kind }, 0)
  }
  return { alerted: (scope, period, kind) => alerts.inc({ scope, period, kind }) }
}
