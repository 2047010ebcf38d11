// Hourly sums → the rows of a spend report.

import { z } from 'zod'
import { type Dimensions, HOUR_MS, SUM_NAMES } from './booking.ts'
import type { SpendDimension, SpendQuery, SpendRow } from './store.ts'

/** One hour of one combination of dimensions, as a store keeps it. */
export interface HourlySums {
  readonly hourMs: number
  /** JSON of Dimensions. */
  readonly dimensions: string
  /** In the order of SUM_NAMES. */
  readonly amounts: readonly bigint[]
}

export interface SpendGroups {
  add(sums: HourlySums): void
  /** In order of their groups. */
  rows(): readonly SpendRow[]
}

export function createSpendGroups({ groupBy }: SpendQuery): SpendGroups {
  const groups = new Map<string, { values: readonly (string | null)[]; totals: bigint[] }>()
  const parsed = new Map<string, Dimensions>()
  return {
    add({ hourMs, dimensions, amounts }) {
      // What a correction took back to nothing is not part of any report.
      if (amounts.every((amount) => amount === 0n)) return
      let known = parsed.get(dimensions)
      if (known === undefined) {
        known = parseDimensions(dimensions)
        parsed.set(dimensions, known)
      }
      const all = known
      const values = groupBy.map((dimension) => valueOf(dimension, all, hourMs))
      const name = JSON.stringify(values)
      let group = groups.get(name)
      if (group === undefined) {
        group = { values, totals: SUM_NAMES.map(() => 0n) }
        groups.set(name, group)
      }
      for (const [index, amount] of amounts.entries())
        group.totals[index] = (group.totals[index] ?? 0n) + amount
    },
    rows: () =>
      [...groups]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { values, totals }]) => buildRow(groupBy, values, totals)),
  }
}

/** The full hours that a query covers. */
export function hourRange({ fromMs, toMs }: SpendQuery): {
  readonly fromHourMs: number
  readonly toHourMs: number
} {
  return {
    fromHourMs: Math.floor(fromMs / HOUR_MS) * HOUR_MS,
    toHourMs: Math.ceil(toMs / HOUR_MS) * HOUR_MS,
  }
}

const dimensionsSchema = z.tuple([
  z.string().nullable(),
  z.string().nullable(),
  z.string(),
  z.string().nullable(),
  z.string().nullable(),
  z.string(),
  z.string(),
])
const tagsSchema = z.array(z.tuple([z.string(), z.string()]))

function parseDimensions(text: string): Dimensions {
  return dimensionsSchema.parse(JSON.parse(text))
}

function valueOf(dimension: SpendDimension, dimensions: Dimensions, hourMs: number): string | null {
  switch (dimension) {
    case 'provider':
      return dimensions[0]
    case 'model':
      return dimensions[1]
    case 'tier':
      return dimensions[2]
    case 'team':
      return dimensions[3]
    case 'project':
      return dimensions[4]
    case 'key':
      return dimensions[5]
    case 'day':
      return new Date(hourMs).toISOString().slice(0, 10)
    case 'hour':
      return `${new Date(hourMs).toISOString().slice(0, 13)}:00Z`
    default:
      return tagOf(dimensions[6], dimension.slice('tag:'.length))
  }
}

function tagOf(tags: string, name: string): string | null {
  if (tags === '') return null
  return tagsSchema.parse(JSON.parse(tags)).find((tag) => tag[0] === name)?.[1] ?? null
}

function buildRow(
  groupBy: readonly SpendDimension[],
  values: readonly (string | null)[],
  totals: readonly bigint[],
): SpendRow {
  const total = (name: (typeof SUM_NAMES)[number]): bigint => totals[SUM_NAMES.indexOf(name)] ?? 0n
  return {
    group: Object.fromEntries(groupBy.map((dimension, index) => [dimension, values[index] ?? null])),
    requests: Number(total('requests')),
    attempts: Number(total('attempts')),
    inputTokens: Number(total('inputTokens')),
    cachedTokens: Number(total('cachedTokens')),
    outputTokens: Number(total('outputTokens')),
    reasoningTokens: Number(total('reasoningTokens')),
    cost: total('cost'),
    baseline: total('baseline'),
    estimated: total('estimated'),
  }
}
