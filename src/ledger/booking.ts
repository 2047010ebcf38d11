// What a finished request adds to the sums: one line per attempt, in the hour in which the request began.

import type { AttemptRecord, RequestRecord } from '../core/request-record.ts'
import { promptTokens } from '../core/usage.ts'
import type { SpendSums } from './store.ts'

export const HOUR_MS = 3_600_000

/** Which sums an attempt belongs to, as one key: provider, model, tier, team, project, key and tags, null where there is none. */
export type Dimensions = readonly [
  provider: string | null,
  model: string | null,
  tier: string,
  team: string | null,
  project: string | null,
  key: string,
  tags: string,
]

/** The order in which both stores keep the counts. */
export const SUM_NAMES = [
  'requests',
  'attempts',
  'inputTokens',
  'cachedTokens',
  'outputTokens',
  'reasoningTokens',
  'cost',
  'baseline',
  'estimated',
] as const satisfies readonly (keyof SpendSums)[]

export interface Booking {
  readonly hourMs: number
  /** JSON of Dimensions. */
  readonly dimensions: string
  /** In the order of SUM_NAMES. Whole numbers; those of one request are safe integers. */
  readonly amounts: readonly number[]
}

export function bookingsOf(record: RequestRecord): readonly Booking[] {
  const hourMs = Math.floor(record.startedAtMs / HOUR_MS) * HOUR_MS
  if (record.attempts.length === 0) {
    return [{ hourMs, dimensions: dimensionsOf(record, null), amounts: [1, 0, 0, 0, 0, 0, 0, 0, 0] }]
  }
  const billed = record.attempts.findLastIndex((attempt) => attempt.source !== null)
  return record.attempts.map((attempt, index) => ({
    hourMs,
    dimensions: dimensionsOf(record, attempt),
    amounts: amountsOf(attempt, {
      isLast: index === record.attempts.length - 1,
      baseline: index === billed ? record.baseline : 0,
    }),
  }))
}

function amountsOf(
  attempt: AttemptRecord,
  { isLast, baseline }: { isLast: boolean; baseline: number },
): readonly number[] {
  const { usage, cost, source } = attempt
  return [
    isLast ? 1 : 0,
    1,
    promptTokens(usage),
    usage.cacheRead,
    usage.output,
    usage.reasoning,
    cost.total,
    baseline,
    source === 'estimated' ? cost.total : 0,
  ]
}

function dimensionsOf(record: RequestRecord, attempt: AttemptRecord | null): string {
  const dimensions: Dimensions = [
    attempt?.provider ?? null,
    attempt?.model ?? null,
    record.tier,
    record.team,
    record.project,
    record.keyId,
    tagText(record.tags),
  ]
  return JSON.stringify(dimensions)
}

/** One text for the same tags, whatever order they came in. */
function tagText(tags: Readonly<Record<string, string>>): string {
  const names = Object.keys(tags)
  if (names.length === 0) return ''
  return JSON.stringify(names.toSorted().map((name) => [name, tags[name]]))
}
