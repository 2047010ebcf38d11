// The cells of one cube in one hour, day or month, packed: a year of a thousand keys is read in milliseconds. Numbers are
// 32-bit words in the order of the machine (all that Node runs on are little-endian): a mask of the wide columns, the count,
// the ids of the cells, then for each of SUM_NAMES the low words, and the high ones where the column is wide.

import { SUM_NAMES } from './booking.ts'

export const COLUMNS = SUM_NAMES.length
const WORD = 0x1_0000_0000
const HEAD_WORDS = 2

/** Sums as two doubles each, high and low word: quicker than bigint, and as exact. */
interface Halves {
  readonly low: Float64Array
  readonly high: Float64Array
}

export interface CellBlock {
  readonly ids: Uint32Array
  readonly low: readonly Uint32Array[]
  /** Null where no value of the column is beyond 32 bits. */
  readonly high: readonly (Int32Array | null)[]
}

export function openBlock(bytes: Uint8Array): CellBlock {
  const words = wordsOf(bytes)
  const [mask = 0, count = 0] = words
  if (bytes.byteLength !== words.BYTES_PER_ELEMENT * (HEAD_WORDS + count * (1 + COLUMNS + bitsOf(mask))))
    throw new TypeError('a block of aggregates is not whole')
  let at = HEAD_WORDS
  const take = (): Uint32Array => words.subarray(at, (at += count))
  const ids = take()
  const low: Uint32Array[] = []
  const high: (Int32Array | null)[] = []
  for (let column = 0; column < COLUMNS; column++) {
    low.push(take())
    high.push((mask & (1 << column)) === 0 ? null : new Int32Array(words.buffer, take().byteOffset, count))
  }
  return { ids, low, high }
}

function bitsOf(mask: number): number {
  let bits = 0
  for (let rest = mask; rest !== 0; rest >>>= 1) bits += rest & 1
  return bits
}

/** Words must stand at multiples of four; what a client library gives may not, and is copied then. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const { buffer, byteOffset, byteLength } = bytes
  const { BYTES_PER_ELEMENT: size } = Uint32Array
  return byteOffset % size === 0
    ? new Uint32Array(buffer, byteOffset, byteLength / size)
    : new Uint32Array(new Uint8Array(bytes).buffer)
}

/** The block with `added` laid over it. */
export function addToBlock(bytes: Uint8Array | null, added: ReadonlyMap<number, readonly bigint[]>): Buffer {
  const cells = new Map<number, Halves>()
  if (bytes !== null) {
    const { ids, low, high } = openBlock(bytes)
    for (const [index, id] of ids.entries()) {
      cells.set(id, {
        low: Float64Array.from(low, (column) => column[index] ?? 0),
        high: Float64Array.from(high, (column) => column?.[index] ?? 0),
      })
    }
  }
  for (const [id, amounts] of added) {
    const cell = cells.get(id) ?? noHalves()
    addAmounts(cell, amounts)
    cells.set(id, cell)
  }
  return packBlock(cells)
}

function noHalves(): Halves {
  return { low: new Float64Array(COLUMNS), high: new Float64Array(COLUMNS) }
}

function addAmounts({ low, high }: Halves, amounts: readonly bigint[]): void {
  for (const [column, amount] of amounts.entries()) {
    low[column] = (low[column] ?? 0) + Number(BigInt.asUintN(32, amount))
    high[column] = (high[column] ?? 0) + Number(amount >> 32n)
  }
  carry({ low, high })
}

/** Low words of a million cells fit in a double; they are brought back into 32 bits before there are more. */
function carry({ low, high }: Halves): void {
  for (let column = 0; column < COLUMNS; column++) {
    const words = Math.floor((low[column] ?? 0) / WORD)
    if (words === 0) continue
    low[column] = (low[column] ?? 0) - words * WORD
    high[column] = (high[column] ?? 0) + words
  }
}

function packBlock(cells: ReadonlyMap<number, Halves>): Buffer {
  // What was taken back to nothing takes no room.
  const kept = [...cells].filter(
    ([, { low, high }]) => low.some((word) => word !== 0) || high.some((word) => word !== 0),
  )
  const count = kept.length
  const isWide = Array.from({ length: COLUMNS }, (_, column) =>
    kept.some(([, { high }]) => high[column] !== 0),
  )
  const wide = isWide.filter(Boolean).length
  const words = new Uint32Array(HEAD_WORDS + count * (1 + COLUMNS + wide))
  words[0] = isWide.reduce((mask, is, column) => (is ? mask | (1 << column) : mask), 0)
  words[1] = count
  let at = HEAD_WORDS
  for (const [id] of kept) words[at++] = id
  for (let column = 0; column < COLUMNS; column++) {
    for (const [, { low }] of kept) words[at++] = low[column] ?? 0
    if (isWide[column] !== true) continue
    // Negative ones wrap to their two's complement.
    for (const [, { high }] of kept) words[at++] = high[column] ?? 0
  }
  return Buffer.from(words.buffer)
}
