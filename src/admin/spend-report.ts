// What was spent, and on what: the ledger's sums by group, as JSON rows in dollars or as CSV.

import { z } from 'zod'
import { strictInput } from '../access/strict-input.ts'
import type { Clock } from '../core/clock.ts'
import { formatUsd, usdFromPico } from '../core/money.ts'
import { coveredSpan } from '../ledger/spend-plan.ts'
import {
  type LedgerStore,
  SPEND_DIMENSIONS,
  type SpendDimension,
  type SpendQuery,
  type SpendRow,
  type SpendSums,
  type UpkeepStore,
} from '../ledger/store.ts'
import { buildCsv } from './csv.ts'
import { fromStore } from './from-store.ts'
import { invalidInput, parseInput } from './parse-input.ts'
import { readPeriod } from './period.ts'

/** Sums on the wire. Tokens in OpenAI's sense: `cached_tokens` inside `input_tokens`, `reasoning_tokens` inside `output_tokens`. */
export interface SpendSumsView {
  readonly requests: number
  readonly attempts: number
  readonly input_tokens: number
  readonly cached_tokens: number
  readonly output_tokens: number
  readonly reasoning_tokens: number
  readonly cost_usd: number
  readonly baseline_usd: number
  readonly saved_usd: number
  readonly estimated_usd: number
}

export interface SpendReport {
  /** The whole hours that the sums cover, or whole days or months where hours are not kept any more; `to` is exclusive. */
  readonly from: string
  readonly to: string
  readonly group_by: readonly string[]
  /** Dearest first; where a day or an hour is among the groups, by time first. */
  readonly rows: readonly (Readonly<Record<string, string | number | null>> & SpendSumsView)[]
  readonly total: SpendSumsView
}

export interface SpendReporter {
  /** `query` as it came: texts of a query string, or what the command line collected. */
  readonly report: (query: unknown) => Promise<SpendReport>
  /** The same rows as RFC 4180 text, amounts to the last picodollar. */
  readonly csv: (query: unknown) => Promise<string>
}

export type SpendFormat = 'json' | 'csv'

interface Spend {
  readonly query: SpendQuery
  readonly rows: readonly SpendRow[]
  readonly total: SpendSums
}

const MAX_GROUPS = 6
const TAG = /^tag:[A-Za-z0-9._-]{1,64}$/
const DIMENSIONS = [...SPEND_DIMENSIONS, 'tag:NAME'].join(', ')
const NO_SUMS = {
  requests: 0,
  attempts: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  cost: 0n,
  baseline: 0n,
  estimated: 0n,
} satisfies SpendSums
const NO_ROW: SpendRow = { group: {}, ...NO_SUMS }

const moment = z.union([z.string(), z.number()], 'must be given once, as a moment such as 2026-11-01')
const querySchema = strictInput(
  {
    from: moment.exactOptional(),
    to: moment.exactOptional(),
    group_by: z
      .union([z.string(), z.array(z.string())], `must be a list of ${DIMENSIONS}, separated by commas`)
      .exactOptional(),
    format: z.enum(['json', 'csv'], 'must be json or csv').exactOptional(),
  },
  { wanted: 'The query must be an object' },
)

export function createSpendReport(
  ledger: Pick<LedgerStore, 'spend'> & Pick<UpkeepStore, 'keptFrom'>,
  clock: Clock,
): SpendReporter {
  const ask = async (input: unknown): Promise<Spend> => {
    const query = parseSpendQuery(input, clock.now())
    const found = await fromStore(ledger.spend(query))
    return { query, rows: inOrder(found, query.groupBy), total: addAll(found) }
  }
  return {
    async report(input) {
      const { query, rows, total } = await ask(input)
      const covered = coveredSpan(query, await fromStore(ledger.keptFrom()))
      return {
        from: new Date(covered.fromMs).toISOString(),
        to: new Date(covered.toMs).toISOString(),
        group_by: query.groupBy,
        rows: rows.map(viewRow),
        total: viewSums(total),
      }
    },
    async csv(input) {
      const { query, rows } = await ask(input)
      const header = [...query.groupBy, ...Object.keys(viewSums(NO_SUMS))]
      return buildCsv(
        header,
        rows.map((row) => [...query.groupBy.map((name) => row.group[name] ?? ''), ...csvSums(row)]),
      )
    },
  }
}

/** The format asked for, before the rest of the query is looked at. */
export function readSpendFormat(query: unknown): SpendFormat {
  return parseInput(querySchema, query).format ?? 'json'
}

function parseSpendQuery(input: unknown, nowMs: number): SpendQuery {
  const query = parseInput(querySchema, input)
  return { ...readPeriod(query, nowMs), groupBy: readGroups(query.group_by ?? []) }
}

function readGroups(value: string | readonly string[]): readonly SpendDimension[] {
  const names = [value]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
  const groups = [...new Set(names)].map((name) => {
    if (isDimension(name)) return name
    throw invalidInput(
      'group_by',
      `has "${printable(name)}", which nothing is grouped by; there are ${DIMENSIONS}`,
    )
  })
  if (groups.length > MAX_GROUPS)
    throw invalidInput('group_by', `has ${groups.length} groups; at most ${MAX_GROUPS} at once`)
  return groups
}

function isDimension(name: string): name is SpendDimension {
  return TAG.test(name) || SPEND_DIMENSIONS.some((dimension) => dimension === name)
}

function inOrder(rows: readonly SpendRow[], groupBy: readonly SpendDimension[]): readonly SpendRow[] {
  const time = groupBy.includes('hour') ? 'hour' : groupBy.includes('day') ? 'day' : null
  if (time === null) return dearestFirst(rows, groupBy)
  const byTime = Map.groupBy(rows, ({ group }) => group[time] ?? '')
  return [...byTime]
    .toSorted(([left], [right]) => byText(left, right))
    .flatMap(([, some]) => dearestFirst(some, groupBy))
}

function dearestFirst(rows: readonly SpendRow[], groupBy: readonly SpendDimension[]): readonly SpendRow[] {
  // Doubles are compared many times as fast as what they stand for, which is asked where they cannot tell.
  const costs = rows.map(({ cost }) => Number(cost))
  const order = rows.map((_, place) => place)
  order.sort((left, right) => {
    const difference = (costs[right] ?? 0) - (costs[left] ?? 0)
    return difference === 0
      ? byCostAndGroup(groupBy, rows[left] ?? NO_ROW, rows[right] ?? NO_ROW)
      : difference
  })
  return order.map((place) => rows[place] ?? NO_ROW)
}

function byCostAndGroup(groupBy: readonly SpendDimension[], left: SpendRow, right: SpendRow): number {
  if (left.cost !== right.cost) return left.cost < right.cost ? 1 : -1
  for (const dimension of groupBy) {
    const byValue = byText(left.group[dimension] ?? '', right.group[dimension] ?? '')
    if (byValue !== 0) return byValue
  }
  return 0
}

/** By code units: a locale's order takes longer than all the rest of a report. */
function byText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}

function addAll(rows: readonly SpendSums[]): SpendSums {
  const total = { ...NO_SUMS }
  for (const row of rows) {
    total.requests += row.requests
    total.attempts += row.attempts
    total.inputTokens += row.inputTokens
    total.cachedTokens += row.cachedTokens
    total.outputTokens += row.outputTokens
    total.reasoningTokens += row.reasoningTokens
    total.cost += row.cost
    total.baseline += row.baseline
    total.estimated += row.estimated
  }
  return total
}

function viewSums(sums: SpendSums): SpendSumsView {
  return viewRow({ group: {}, ...sums })
}

/** One object and no copy of it: a report may have tens of thousands. */
function viewRow(row: SpendRow): SpendReport['rows'][number] {
  return {
    ...row.group,
    requests: row.requests,
    attempts: row.attempts,
    input_tokens: row.inputTokens,
    cached_tokens: row.cachedTokens,
    output_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    cost_usd: usdFromPico(row.cost),
    baseline_usd: usdFromPico(row.baseline),
    saved_usd: usdFromPico(row.baseline - row.cost),
    estimated_usd: usdFromPico(row.estimated),
  }
}

/** In the order of `viewSums`, with exact amounts: a spreadsheet rounds by itself if it must. */
function csvSums(sums: SpendSums): readonly string[] {
  const counts = [
    sums.requests,
    sums.attempts,
    sums.inputTokens,
    sums.cachedTokens,
    sums.outputTokens,
    sums.reasoningTokens,
  ]
  const amounts = [sums.cost, sums.baseline, sums.baseline - sums.cost, sums.estimated]
  return [...counts.map(String), ...amounts.map(formatUsd)]
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 80)).slice(1, -1)
}
