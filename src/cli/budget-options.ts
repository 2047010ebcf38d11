// --budget and --limit, as keys and everybody else take them.

import { type Arguments, UsageError } from './command.ts'

export const BUDGET_OPTIONS = {
  budget: { type: 'string', multiple: true },
  limit: { type: 'string', multiple: true },
} as const

export const BUDGET_USAGE = `
  --budget USD/PERIOD     such as 10/day; PERIOD is day, week, month or total, with ":soft" behind it only to count;
                          may be repeated, as may the next one
  --limit NAME=NUMBER     rpm, tpm (tokens a minute) or concurrency`

export interface BudgetFields {
  readonly budgets?: readonly object[]
  readonly limits?: object
}

/** Only what was given. */
export function readBudgetFields(options: Arguments): BudgetFields {
  const budgets = options.list('budget').map(readBudget)
  const limits = options.list('limit').map(readLimit)
  return {
    ...(budgets.length === 0 ? {} : { budgets }),
    ...(limits.length === 0 ? {} : { limits: Object.fromEntries(limits) }),
  }
}

function readBudget(text: string): object {
  const match = /^([^/]+)\/([a-z]+)(:soft)?$/.exec(text)
  if (match === null) throw new UsageError(`--budget must look like 10/day or 10/day:soft, not "${text}"`)
  const [, usd, period, soft] = match
  return { limit_usd: Number(usd), period, ...(soft === undefined ? {} : { hard: false }) }
}

function readLimit(text: string): readonly [string, number] {
  const match = /^(rpm|tpm|concurrency)=(\d+)$/.exec(text)
  if (match === null)
    throw new UsageError(`--limit must look like rpm=60, tpm=100000 or concurrency=5, not "${text}"`)
  return [match[1] ?? '', Number(match[2])]
}
