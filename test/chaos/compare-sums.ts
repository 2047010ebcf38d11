// The rows of the ledger against everything that was added up from them: aggregates, budgets, Prometheus, and what clients
// were told. Added up again here, by itself.

import { type AttemptRecord, type RequestRecord, requestCost } from '../../src/core/request-record.ts'
import { promptTokens } from '../../src/core/usage.ts'
import type { SpendSums } from '../../src/ledger/store.ts'
import { type Books, costOf, GROUPS, sumUsd } from './books.ts'
import { numberOf } from './client.ts'
import type { SentRequest } from './traffic.ts'

const HOUR_MS = 3_600_000

export function compareAggregates({ rows, sums }: Books): readonly string[] {
  const expected = new Map<string, bigint[]>()
  for (const row of rows) {
    const billed = row.attempts.findLastIndex(({ source }) => source !== null)
    const attempts: readonly (AttemptRecord | null)[] = row.attempts.length === 0 ? [null] : row.attempts
    for (const [index, attempt] of attempts.entries()) {
      const name = groupOf(row, attempt)
      const isLast = index === attempts.length - 1
      const amounts = [isLast ? 1 : 0, ...amountsOf(attempt), index === billed ? row.baseline : 0]
      const before = expected.get(name) ?? []
      expected.set(
        name,
        amounts.map((amount, place) => (before[place] ?? 0n) + BigInt(amount)),
      )
    }
  }
  const found = new Map(
    sums.map((sum) => [
      GROUPS.map((group) => sum.group[group] ?? '').join(' '),
      [...countsOf(sum).map(BigInt), sum.cost, sum.estimated, sum.baseline],
    ]),
  )
  return [...new Set([...expected.keys(), ...found.keys()])]
    .filter((name) => String(expected.get(name)) !== String(found.get(name)))
    .map(
      (name) =>
        `aggregate ${name}: rows give ${String(expected.get(name))}, the store has ${String(found.get(name))}`,
    )
}

function countsOf(sum: SpendSums): readonly number[] {
  return [
    sum.requests,
    sum.attempts,
    sum.inputTokens,
    sum.cachedTokens,
    sum.outputTokens,
    sum.reasoningTokens,
  ]
}

function groupOf(
  { tier, team, project, keyId, startedAtMs }: RequestRecord,
  attempt: AttemptRecord | null,
): string {
  const hour = new Date(Math.floor(startedAtMs / HOUR_MS) * HOUR_MS).toISOString().slice(0, 13)
  const parts = [attempt?.provider, attempt?.model, tier, team, project, keyId, `${hour}:00Z`]
  return parts.map((part) => part ?? '').join(' ')
}

function amountsOf(attempt: AttemptRecord | null): readonly number[] {
  if (attempt === null) return [0, 0, 0, 0, 0, 0, 0]
  const { usage, cost, source } = attempt
  const { cacheRead, output, reasoning } = usage
  const estimated = source === 'estimated' ? cost.total : 0
  return [1, promptTokens(usage), cacheRead, output, reasoning, cost.total, estimated]
}

/** Each account has what the rows that name it cost, and holds nothing. */
export function compareAccounts({ rows, accounts }: Books): readonly string[] {
  return Array.from(accounts).flatMap(([id, { spent, held }]) => {
    const expected = costOf(rows.filter((row) => row.accounts?.includes(id)))
    return [
      ...(spent === expected ? [] : [`budget ${id}: rows give ${expected}, it has spent ${spent}`]),
      ...(held === 0n ? [] : [`budget ${id} holds ${held} still`]),
    ]
  })
}

export interface Witnesses {
  readonly sent: ReadonlyMap<number, SentRequest>
  /** Names of gateways that have been the same process all the time. */
  readonly lived: readonly string[]
  readonly hasAllLived: boolean
}

/** What each living process has counted of the requests that it served; where all have lived, of everything. */
export function comparePrometheus({ rows, metrics }: Books, witnesses: Witnesses): readonly string[] {
  const { sent, lived, hasAllLived } = witnesses
  const served = Map.groupBy(rows, ({ trace }) =>
    trace === undefined ? '' : (sent.get(numberOf(trace.traceId))?.gateway ?? ''),
  )
  const differences: string[] = []
  for (const name of lived) {
    const text = metrics.get(name) ?? ''
    // Who swept the holds of the dead is not known, and only they are estimates of nobody's.
    for (const source of ['provider', 'drained']) {
      const attempts = (served.get(name) ?? []).flatMap((row) => row.attempts)
      const expected = attempts
        .filter((attempt) => attempt.source === source)
        .reduce((sum, { cost }) => sum + BigInt(cost.total), 0n)
      const counted = sumUsd(text, 'farthing_spend_usd_total', `source="${source}"`)
      if (counted !== expected)
        differences.push(`Prometheus of ${name}, ${source}: rows give ${expected}, it has ${counted}`)
    }
  }
  if (!hasAllLived) return differences
  const texts = [...metrics.values()]
  const sum = (series: string): bigint => texts.reduce((total, text) => total + sumUsd(text, series), 0n)
  const spend = sum('farthing_spend_usd_total') - sum('farthing_estimates_replaced_usd_total')
  if (spend !== costOf(rows))
    differences.push(`Prometheus of all: rows give ${costOf(rows)}, they have ${spend}`)
  const baseline = sum('farthing_baseline_usd_total') - sum('farthing_estimates_replaced_baseline_usd_total')
  const expected = rows.reduce((total, row) => total + BigInt(row.baseline), 0n)
  if (baseline !== expected)
    differences.push(`Prometheus of all, baseline: rows give ${expected}, they have ${baseline}`)
  return differences
}

/** A client that was told what its request cost was told what the row says, unless the gateway died before it could book that. */
export function compareAnswers({ rows }: Books, { sent }: Witnesses): readonly string[] {
  return rows.flatMap((row) => {
    const number = row.trace === undefined ? 0 : numberOf(row.trace.traceId)
    const told = sent.get(number)?.answer.cost ?? null
    const cost = BigInt(requestCost(row))
    return told === null || told === cost || row.outcome === 'expired'
      ? []
      : [`request ${number}: the client was told ${told}, the row has ${cost}`]
  })
}
