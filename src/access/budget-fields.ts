// Budgets and limits as an operator writes them, to the admin API or with a key in the configuration: every refusal says what
// would be right.

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
import { strictInput } from './strict-input.ts'

const LIMIT_RULE = `must be ${BUDGET_WORDS.limit}`
const PERIOD_RULE = `must be ${BUDGET_WORDS.period}`
const ZONE_RULE = `must be ${BUDGET_WORDS.timeZone}`
const SHARE_RULE = `must be ${BUDGET_WORDS.share}`
const MOST_RULE = `must be a whole number from 1 to ${MOST_COUNTED}, or null`

const budget = strictInput(
  {
    limit_usd: z.number(LIMIT_RULE).refine((usd) => limitFromUsd(usd) !== null, LIMIT_RULE),
    period: z.enum(BUDGET_PERIODS, PERIOD_RULE),
    hard: z.boolean('must be true (refuse) or false (only count and tell)').default(true),
    time_zone: z.string(ZONE_RULE).refine(isTimeZone, ZONE_RULE).default('UTC'),
    alert_at: z
      .array(
        z.number(SHARE_RULE).gt(0, SHARE_RULE).max(MOST_SHARE, SHARE_RULE),
        'must be a list such as [0.5, 0.8, 1]',
      )
      .max(MAX_ALERTS, `must have at most ${MAX_ALERTS} entries`)
      .default([...DEFAULT_ALERT_AT]),
  },
  {
    wanted:
      'must be {"limit_usd": 10, "period": "day"}, with "hard", "time_zone" and "alert_at" where wanted',
  },
)

export const budgetsInput = z
  .array(budget, 'must be a list of budgets: [{"limit_usd": 10, "period": "day"}]')
  .refine(hasOnePerPeriod, 'must have at most one budget for each period')

const most = z.int(MOST_RULE).min(1, MOST_RULE).max(MOST_COUNTED, MOST_RULE).nullable().default(null)

export const limitsInput = strictInput(
  { rpm: most, tpm: most, concurrency: most },
  {
    wanted:
      'must be {"rpm": 60, "tpm": 100000, "concurrency": 5}, with those of them that are wanted, or null',
  },
).nullable()
