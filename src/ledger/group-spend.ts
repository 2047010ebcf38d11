// Aggregates and the sums of hours that are none yet → the rows of a spend report.

import { z } from 'zod'
import { SUM_NAMES } from './booking.ts'
import {
  addAmounts,
  amountOf,
  type CellBlock,
  COLUMNS,
  carry,
  type Halves,
  noHalves,
  openBlock,
} from './cell-block.ts'
import { type Cube, cubeFor, type Grain, isTime, placeOf, placesOf } from './cubes.ts'
import { timeLabel } from './spend-plan.ts'
import type { SpendDimension, SpendQuery, SpendRow } from './store.ts'

/** One hour of one combination of dimensions, as a store keeps it. */
export interface HourlySums {
  readonly hourMs: number
  /** JSON of Dimensions. */
  readonly dimensions: string
  /** In the order of SUM_NAMES. */
  readonly amounts: readonly bigint[]
}

/** The cells of the cube of a report, in one hour, day or month. */
export interface PackedCells {
  readonly grain: Grain
  readonly startMs: number
  readonly block: Uint8Array
}

export interface SpendGroups {
  readonly cube: Cube
  add(sums: HourlySums): void
  /** `names`: the dimensions of each cell, by its id. */
  addCells(cells: PackedCells, names: readonly string[]): void
  /** In order of their groups. */
  rows(): readonly SpendRow[]
}

type Values = readonly (string | null)[]

/** Low words that a double holds the sum of. */
const CELLS_PER_CARRY = 1 << 20

export function createSpendGroups({ groupBy }: Pick<SpendQuery, 'groupBy'>): SpendGroups {
  const cube = cubeFor(groupBy)
  const groups = new Map<string, { readonly values: Values; readonly totals: Halves }>()
  const totalsOf = (values: Values): Halves => {
    const name = JSON.stringify(values)
    let group = groups.get(name)
    if (group === undefined) {
      group = { values, totals: noHalves() }
      groups.set(name, group)
    }
    return group.totals
  }
  const readFull = createValueReader(groupBy, placesOf('full'))
  const readCell = createValueReader(groupBy, placesOf(cube))
  let uncarried = 0

  return {
    cube,
    add({ hourMs, dimensions, amounts }) {
      const values = withTime(groupBy, readFull(dimensions), { grain: 'hour', startMs: hourMs })
      addAmounts(totalsOf(values), amounts)
    },
    addCells({ grain, startMs, block }, names) {
      const opened = openBlock(block)
      uncarried += opened.ids.length
      if (uncarried > CELLS_PER_CARRY) {
        for (const { totals } of groups.values()) carry(totals)
        uncarried = opened.ids.length
      }
      /** Of this block, by what the cells' values are apart from the time. */
      const known = new Map<Values, Halves>()
      for (const [index, id] of opened.ids.entries()) {
        const values = readCell(names[id] ?? '')
        let totals = known.get(values)
        if (totals === undefined) {
          totals = totalsOf(withTime(groupBy, values, { grain, startMs }))
          known.set(values, totals)
        }
        addCell(totals, opened, index)
      }
    },
    rows: () =>
      [...groups]
        .filter(([, { totals }]) => isSomething(totals))
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, { values, totals }]) => buildRow(groupBy, values, totals)),
  }
}

function addCell({ low: lows, high: highs }: Halves, { low, high }: CellBlock, index: number): void {
  for (let column = 0; column < COLUMNS; column++) {
    lows[column] = (lows[column] ?? 0) + (low[column]?.[index] ?? 0)
    highs[column] = (highs[column] ?? 0) + (high[column]?.[index] ?? 0)
  }
}

/** What a correction took back to nothing is not part of any report. */
function isSomething(totals: Halves): boolean {
  carry(totals)
  return totals.low.some((word) => word !== 0) || totals.high.some((word) => word !== 0)
}

const dimensionsSchema = z.array(z.string().nullable())
const tagsSchema = z.array(z.tuple([z.string(), z.string()]))

/** Gives the values of a report's groups, null where a time stands; for the same text always the same list. */
function createValueReader(
  groupBy: readonly SpendDimension[],
  places: readonly number[],
): (dimensions: string) => Values {
  const known = new Map<string, Values>()
  const lists = new Map<string, Values>()
  return (dimensions) => {
    const before = known.get(dimensions)
    if (before !== undefined) return before
    const all = dimensionsSchema.parse(JSON.parse(dimensions))
    const values = groupBy.map((dimension) => {
      if (isTime(dimension)) return null
      const value = all[places.indexOf(placeOf(dimension))] ?? null
      return dimension.startsWith('tag:') ? tagOf(value ?? '', dimension.slice('tag:'.length)) : value
    })
    const name = JSON.stringify(values)
    const list = lists.get(name) ?? values
    lists.set(name, list)
    known.set(dimensions, list)
    return list
  }
}

function tagOf(tags: string, name: string): string | null {
  if (tags === '') return null
  return tagsSchema.parse(JSON.parse(tags)).find((tag) => tag[0] === name)?.[1] ?? null
}

function withTime(
  groupBy: readonly SpendDimension[],
  values: Values,
  { grain, startMs }: Pick<PackedCells, 'grain' | 'startMs'>,
): Values {
  return values.map((value, index) => value ?? timeLabel(groupBy[index] ?? 'key', grain, startMs))
}

function buildRow(groupBy: readonly SpendDimension[], values: Values, totals: Halves): SpendRow {
  const total = (name: (typeof SUM_NAMES)[number]): bigint => amountOf(totals, SUM_NAMES.indexOf(name))
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
