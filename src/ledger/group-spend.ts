// Aggregates and the sums of hours that are none yet → the rows of a spend report.

import { openBlock } from './cell-block.ts'
import { type Cube, cubeFor, type Grain, isTime, placesOf } from './cubes.ts'
import { createGroupValues, rankValues, type Values } from './group-values.ts'
import { timeLabel } from './spend-plan.ts'
import { createSpendTable } from './spend-table.ts'
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

/** Hours, days or months that are one to a report: of the same labels. */
interface Slot {
  /** Among all slots. */
  readonly place: number
  readonly labels: Values
  readonly times: readonly { readonly dimension: SpendDimension; readonly label: string | null }[]
  /** Of each list of values the group, where there is one. */
  readonly groupOf: number[]
}

export function createSpendGroups({ groupBy }: Pick<SpendQuery, 'groupBy'>): SpendGroups {
  const cube = cubeFor(groupBy)
  const values = createGroupValues(groupBy)
  const readFull = remembering(values.reader(placesOf('full')))
  const readCell = values.reader(placesOf(cube))
  const table = createSpendTable()
  const slots = new Map<string, Slot>()
  const groups: Group[] = []
  let cellNames: readonly string[] = []
  /** Of each cell its list of values. */
  let listOf: number[] = []

  const slotAt = (grain: Grain, startMs: number): Slot => {
    const labels = groupBy.map((dimension) => timeLabel(dimension, grain, startMs))
    const name = labels.join(' ')
    let slot = slots.get(name)
    if (slot === undefined) {
      const times = groupBy.flatMap((dimension, place) =>
        isTime(dimension) ? { dimension, label: labels[place] ?? null } : [],
      )
      slot = { place: slots.size, labels, times, groupOf: [] }
      slots.set(name, slot)
    }
    return slot
  }
  const groupIn = (slot: Slot, list: number): number => {
    let group = slot.groupOf[list]
    if (group === undefined) {
      group = table.addGroup()
      slot.groupOf[list] = group
      groups.push({ id: group, slot, list })
    }
    return group
  }

  return {
    cube,
    add({ hourMs, dimensions, amounts }) {
      table.add(groupIn(slotAt('hour', hourMs), readFull(dimensions)), amounts)
    },
    addCells({ grain, startMs, block }, names) {
      if (names !== cellNames) {
        cellNames = names
        listOf = names.map(readCell)
      }
      const opened = openBlock(block)
      const slot = slotAt(grain, startMs)
      table.addBlock(
        opened.ids.map((id) => groupIn(slot, listOf[id] ?? 0)),
        opened,
      )
    },
    rows() {
      const named = values.lists.map((list) => nameValues(groupBy, list))
      const found = table.groups().map((id) => groups[id] ?? NO_GROUP)
      return inOrder(found, groupBy, { slots: [...slots.values()], lists: values.lists }).map(
        ({ id, slot, list }) => table.row(id, withLabels(named[list], slot)),
      )
    },
  }
}

/** The same dimensions come again in every hour. */
function remembering(read: (dimensions: string) => number): (dimensions: string) => number {
  const known = new Map<string, number>()
  return (dimensions) => {
    let list = known.get(dimensions)
    if (list === undefined) {
      list = read(dimensions)
      known.set(dimensions, list)
    }
    return list
  }
}

interface Group {
  readonly id: number
  readonly slot: Slot
  readonly list: number
}

const NO_GROUP: Group = { id: 0, slot: { place: 0, labels: [], times: [], groupOf: [] }, list: 0 }

interface GroupParts {
  readonly slots: readonly Slot[]
  readonly lists: readonly Values[]
}

/** By the groups' values as JSON, one after the other: stably by the last of them first, each in one pass over all. */
function inOrder(
  groups: readonly Group[],
  groupBy: readonly SpendDimension[],
  { slots, lists }: GroupParts,
): readonly Group[] {
  return groupBy.reduceRight<readonly Group[]>((sorted, dimension, place) => {
    if (isTime(dimension)) {
      const ranks = rankValues(slots.map(({ labels }) => labels[place] ?? null))
      return sortByRank(sorted, ({ slot }) => ranks[slot.place] ?? 0)
    }
    const ranks = rankValues(lists.map((list) => list[place] ?? null))
    return sortByRank(sorted, ({ list }) => ranks[list] ?? 0)
  }, groups)
}

function sortByRank(groups: readonly Group[], rankOf: (group: Group) => number): readonly Group[] {
  // Of each rank, where its groups begin.
  const starts: number[] = []
  for (const group of groups) {
    const next = rankOf(group) + 1
    while (starts.length <= next) starts.push(0)
    starts[next] = (starts[next] ?? 0) + 1
  }
  for (let rank = 1; rank < starts.length; rank++)
    starts[rank] = (starts[rank] ?? 0) + (starts[rank - 1] ?? 0)
  const sorted = groups.slice()
  for (const group of groups) {
    const rank = rankOf(group)
    const at = starts[rank] ?? 0
    sorted[at] = group
    starts[rank] = at + 1
  }
  return sorted
}

function nameValues(groupBy: readonly SpendDimension[], list: Values): SpendRow['group'] {
  return Object.fromEntries(groupBy.map((dimension, place) => [dimension, list[place] ?? null]))
}

function withLabels(named: SpendRow['group'] | undefined, { times }: Slot): SpendRow['group'] {
  // A copy costs a tenth of what an object made of names costs.
  const group = { ...named }
  for (const { dimension, label } of times) group[dimension] = label
  return group
}
