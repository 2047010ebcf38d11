// The sums of an hour that is over → the aggregates of its hour, day and month. What comes later for the same hour is added
// in the same way. Each step is one whole: a report sees the sums before it or after it, and whoever was quicker wins.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { addToBlock } from './cell-block.ts'
import { CUBE_NAMES, type Cube, GRAINS, type Grain, placesOf, startOf } from './cubes.ts'
import type { HourlySums } from './group-spend.ts'

/** Where one block stands. */
export interface BlockPlace {
  readonly cube: Cube
  readonly grain: Grain
  readonly startMs: number
}

/** Sums that nothing is added to any more: what still comes for their hour stands elsewhere. */
export interface ClosedHour {
  /** Of the aggregates before the sums were read. */
  readonly version: string
  readonly hourMs: number
  readonly sums: readonly HourlySums[]
}

export interface Rollup {
  readonly blocks: readonly (BlockPlace & { readonly block: Buffer })[]
  /** Cells that were not known before, in the order of their ids. */
  readonly newNames: readonly { readonly cube: Cube; readonly names: readonly string[] }[]
}

/** What the aggregates of a store are made of. Nothing else writes them. */
export interface AggregateShelf {
  /** Closes the oldest hour with sums that began before `beforeMs`; one that was closed before comes first. */
  closeHour(beforeMs: number): Promise<ClosedHour | null>
  block(place: BlockPlace): Promise<Uint8Array | null>
  names(cube: Cube): Promise<readonly string[]>
  /** In the place of the closed hour's sums, unless the version is another by now. */
  commit(version: string, rollup: Rollup): Promise<void>
}

/** False where there is no such hour any more. */
export async function rollUpOldest(shelf: AggregateShelf, beforeMs: number): Promise<boolean> {
  const closed = await shelf.closeHour(beforeMs)
  if (closed === null) return false
  // Another's commit may have come first; then the next call finds what is left.
  await shelf.commit(closed.version, await buildRollup(shelf, closed))
  return true
}

async function buildRollup(shelf: AggregateShelf, { hourMs, sums }: ClosedHour): Promise<Rollup> {
  const blocks: Rollup['blocks'][number][] = []
  const newNames: Rollup['newNames'][number][] = []
  for (const cube of CUBE_NAMES) {
    const known = await shelf.names(cube)
    const { cells, names } = sumCells(cube, sums, known)
    if (names.length > 0) newNames.push({ cube, names })
    for (const grain of GRAINS) {
      const place = { cube, grain, startMs: startOf(grain, hourMs) }
      blocks.push({ ...place, block: addToBlock(await shelf.block(place), cells) })
      // Requests want the event loop, too.
      await nextTurn()
    }
  }
  return { blocks, newNames }
}

interface CubeCells {
  readonly cells: ReadonlyMap<number, readonly bigint[]>
  readonly names: readonly string[]
}

function sumCells(cube: Cube, sums: readonly HourlySums[], known: readonly string[]): CubeCells {
  const ids = new Map(known.map((name, id) => [name, id]))
  const names: string[] = []
  const cells = new Map<number, bigint[]>()
  for (const { dimensions, amounts } of sums) {
    const name = nameIn(cube, dimensions)
    let id = ids.get(name)
    if (id === undefined) {
      id = ids.size
      ids.set(name, id)
      names.push(name)
    }
    const cell = cells.get(id)
    if (cell === undefined) cells.set(id, [...amounts])
    else for (const [column, amount] of amounts.entries()) cell[column] = (cell[column] ?? 0n) + amount
  }
  return { cells, names }
}

/** JSON of those of the dimensions that the cube knows. */
function nameIn(cube: Cube, dimensions: string): string {
  if (cube === 'full') return dimensions
  const all: readonly unknown[] = JSON.parse(dimensions)
  return JSON.stringify(placesOf(cube).map((place) => all[place]))
}
