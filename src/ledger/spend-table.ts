// The sums of the groups of a report, two doubles each, low and high word: as exact as bigint, and added up from hundreds of
// thousands of cells in milliseconds.

import { type CellBlock, COLUMNS } from './cell-block.ts'
import type { SpendRow } from './store.ts'

const WORD = 0x1_0000_0000
/** Low words that a double holds the sum of. */
const CELLS_PER_CARRY = 1 << 20
const FIRST_ROOM = 1_024

export interface SpendTable {
  /** A new group, of which there is nothing yet; they are counted from 0. */
  addGroup(): number
  add(group: number, amounts: readonly bigint[]): void
  /** `groupOf`: of each cell of the block. */
  addBlock(groupOf: Uint32Array, block: CellBlock): void
  /** The groups that there is something of: what a correction took back to nothing is not part of any report. */
  groups(): readonly number[]
  row(group: number, of: SpendRow['group']): SpendRow
}

export function createSpendTable(): SpendTable {
  // Row by row: those of a group stand side by side.
  let low = new Float64Array(FIRST_ROOM * COLUMNS)
  let high = new Float64Array(FIRST_ROOM * COLUMNS)
  let count = 0
  let uncarried = 0

  const willAdd = (cells: number): void => {
    uncarried += cells
    if (uncarried <= CELLS_PER_CARRY) return
    carryWords(low, high)
    uncarried = cells
  }
  const total = (at: number): number => (high[at] ?? 0) * WORD + (low[at] ?? 0)
  /** A small whole number is no object of its own. */
  const countAt = (at: number): number => {
    const exact = total(at)
    const small = exact | 0
    return small === exact ? small : exact
  }
  const exactTotal = (at: number): bigint => {
    const near = total(at)
    if (Number.isSafeInteger(near)) return BigInt(near)
    return BigInt(high[at] ?? 0) * BigInt(WORD) + BigInt(low[at] ?? 0)
  }
  const isSomething = (group: number): boolean => {
    for (let at = group * COLUMNS; at < (group + 1) * COLUMNS; at++)
      if (low[at] !== 0 || high[at] !== 0) return true
    return false
  }

  return {
    addGroup() {
      const group = count++
      if (count * COLUMNS > low.length) {
        low = twice(low)
        high = twice(high)
      }
      return group
    },
    add(group, amounts) {
      willAdd(1)
      for (const [column, amount] of amounts.entries()) {
        const at = group * COLUMNS + column
        low[at] = (low[at] ?? 0) + Number(BigInt.asUintN(32, amount))
        high[at] = (high[at] ?? 0) + Number(amount >> 32n)
      }
    },
    addBlock(groupOf, block) {
      willAdd(groupOf.length)
      for (let column = 0; column < COLUMNS; column++) {
        addWords(low, { column, groupOf, words: block.low[column] })
        addWords(high, { column, groupOf, words: block.high[column] })
      }
    },
    groups() {
      carryWords(low, high)
      const found: number[] = []
      for (let group = 0; group < count; group++) if (isSomething(group)) found.push(group)
      return found
    },
    row(group, of) {
      // In the order of SUM_NAMES.
      const at = group * COLUMNS
      return {
        group: of,
        requests: countAt(at),
        attempts: countAt(at + 1),
        inputTokens: countAt(at + 2),
        cachedTokens: countAt(at + 3),
        outputTokens: countAt(at + 4),
        reasoningTokens: countAt(at + 5),
        cost: exactTotal(at + 6),
        baseline: exactTotal(at + 7),
        estimated: exactTotal(at + 8),
      }
    },
  }
}

function twice(words: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const more = new Float64Array(2 * words.length)
  more.set(words)
  return more
}

interface Words {
  readonly column: number
  readonly groupOf: Uint32Array
  /** Null where all are zero. */
  readonly words: Uint32Array | Int32Array | null | undefined
}

function addWords(sums: Float64Array, { column, groupOf, words }: Words): void {
  if (words == null) return
  for (let cell = 0; cell < groupOf.length; cell++) {
    const at = (groupOf[cell] ?? 0) * COLUMNS + column
    sums[at] = (sums[at] ?? 0) + (words[cell] ?? 0)
  }
}

function carryWords(low: Float64Array, high: Float64Array): void {
  for (let at = 0; at < low.length; at++) {
    const words = Math.floor((low[at] ?? 0) / WORD)
    if (words === 0) continue
    low[at] = (low[at] ?? 0) - words * WORD
    high[at] = (high[at] ?? 0) + words
  }
}
