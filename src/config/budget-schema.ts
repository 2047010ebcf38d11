// Budgets and limits in the configuration file.

import { z } from 'zod'
import {
  BUDGET_PERIODS,
  BUDGET_WORDS,
  DEFAULT_ALERT_AT,
  hasOnePerPeriod,
  isTimeZone,
  limitFromUsd,
  MAX_ALERTS,
  MOST_COUNTED,
  MOST_SHARE,
} from '../core/budget.ts'

const NAME = /^[A-Za-z0-9._-]{1,64}$/

const budget = z.strictObject({
  limit_usd: z
    .number()
    .refine((usd) => limitFromUsd(usd) !== null)
    .describe(BUDGET_WORDS.limit),
  period: z.enum(BUDGET_PERIODS).describe(BUDGET_WORDS.period),
  hard: z.boolean().default(true).describe('true or false'),
  time_zone: z.string().refine(isTimeZone).default('UTC').describe(BUDGET_WORDS.timeZone),
  alert_at: z
    .array(z.number().gt(0).max(MOST_SHARE).describe(BUDGET_WORDS.share))
    .max(MAX_ALERTS)
    .default([...DEFAULT_ALERT_AT])
    .describe(`a list of up to ${MAX_ALERTS} shares of the limit, such as [0.5, 0.8, 1]`),
})

const budgetList = z
  .array(budget)
  .refine(hasOnePerPeriod)
  .describe('a list of budgets, at most one for each period')

function byName<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(NAME), value).default({})
}

function most(what: string) {
  return z.int().min(1).max(MOST_COUNTED).optional().describe(`a whole number of ${what}, at least 1`)
}

const limits = z.strictObject({
  rpm: most('requests a minute'),
  tpm: most('tokens a minute'),
  concurrency: most('requests at once'),
})

export const budgetsSection = z
  .strictObject({
    org: budgetList.default([]),
    teams: byName(budgetList),
    projects: byName(budgetList),
  })
  .prefault({})

export const limitsSection = z
  .strictObject({
    teams: byName(limits),
    routes: z.record(z.string(), limits).default({}),
  })
  .prefault({})
