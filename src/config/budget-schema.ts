// Budgets and limits in the configuration file.

import { z } from 'zod'
import {
  BUDGET_PERIODS,
  DEFAULT_ALERT_AT,
  isTimeZone,
  LARGEST_LIMIT_USD,
  limitFromUsd,
  MAX_ALERTS,
} from '../core/budget.ts'

const NAME = /^[A-Za-z0-9._-]{1,64}$/

const budget = z.strictObject({
  limit_usd: z
    .number()
    .refine((usd) => limitFromUsd(usd) !== null)
    .describe(`an amount of US dollars from 0 to ${LARGEST_LIMIT_USD}, with at most twelve decimals`),
  period: z.enum(BUDGET_PERIODS).describe(`one of ${BUDGET_PERIODS.join(', ')}`),
  hard: z.boolean().default(true).describe('true or false'),
  time_zone: z
    .string()
    .refine(isTimeZone)
    .default('UTC')
    .describe('a time zone of the IANA list, such as Europe/Berlin'),
  alert_at: z
    .array(z.number().gt(0).max(10).describe('a share of the limit above 0 and up to 10, such as 0.8'))
    .max(MAX_ALERTS)
    .default([...DEFAULT_ALERT_AT])
    .describe(`a list of up to ${MAX_ALERTS} shares of the limit, such as [0.5, 0.8, 1]`),
})

const budgetList = z
  .array(budget)
  .refine((list) => new Set(list.map(({ period }) => period)).size === list.length)
  .describe('a list of budgets, at most one for each period')

function byName<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(NAME), value).default({})
}

function most(what: string) {
  return z.int().min(1).max(1_000_000_000).optional().describe(`a whole number of ${what}, at least 1`)
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
