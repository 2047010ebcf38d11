// The spend report done the slow, obvious way: over the records themselves.

import type { RequestRecord } from '../../src/core/request-record.ts'
import type { SpendDimension, SpendQuery, SpendRow } from '../../src/ledger/store.ts'

export function spendOf(records: readonly RequestRecord[], query: SpendQuery): readonly SpendRow[] {
  const groups = new Map<string, SpendRow>()
  for (const record of records) {
    const hour = new Date(record.startedAtMs).toISOString().slice(0, 13)
    const hourMs = Date.parse(`${hour}:00:00Z`)
    if (hourMs + 3_600_000 <= query.fromMs || hourMs >= query.toMs) continue
    const attempts = record.attempts.length === 0 ? [null] : record.attempts
    const billed = record.attempts.findLast((attempt) => attempt.source !== null)
    for (const attempt of attempts) {
      const group = Object.fromEntries(
        query.groupBy.map((dimension) => [dimension, valueOf(record, attempt, dimension)]),
      )
      const name = JSON.stringify(Object.values(group))
      const before = groups.get(name) ?? emptyRow(group)
      const isLast = attempt === attempts.at(-1)
      const usage = attempt?.usage
      groups.set(name, {
        group,
        requests: before.requests + (isLast ? 1 : 0),
        attempts: before.attempts + (attempt === null ? 0 : 1),
        inputTokens:
          before.inputTokens +
          (usage === undefined
            ? 0
            : usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong),
        cachedTokens: before.cachedTokens + (usage?.cacheRead ?? 0),
        outputTokens: before.outputTokens + (usage?.output ?? 0),
        reasoningTokens: before.reasoningTokens + (usage?.reasoning ?? 0),
        cost: before.cost + BigInt(attempt?.cost.total ?? 0),
        baseline: before.baseline + (attempt !== null && attempt === billed ? BigInt(record.baseline) : 0n),
        estimated: before.estimated + (attempt?.source === 'estimated' ? BigInt(attempt.cost.total) : 0n),
      })
    }
  }
  return [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}

function emptyRow(group: SpendRow['group']): SpendRow {
  return {
    group,
    requests: 0,
    attempts: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    cost: 0n,
    baseline: 0n,
    estimated: 0n,
  }
}

function valueOf(
  record: RequestRecord,
  attempt: RequestRecord['attempts'][number] | null,
  dimension: SpendDimension,
): string | null {
  const startedAt = new Date(record.startedAtMs).toISOString()
  if (dimension.startsWith('tag:')) {
    const name = dimension.slice('tag:'.length)
    return Object.hasOwn(record.tags, name) ? (record.tags[name] ?? null) : null
  }
  const values: Readonly<Record<string, string | null>> = {
    provider: attempt?.provider ?? null,
    model: attempt?.model ?? null,
    tier: record.tier,
    team: record.team,
    project: record.project,
    key: record.keyId,
    day: startedAt.slice(0, 10),
    hour: `${startedAt.slice(0, 13)}:00Z`,
  }
  return values[dimension] ?? null
}
