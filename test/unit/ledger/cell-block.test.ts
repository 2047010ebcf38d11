// Packed cells, wherever in memory a client library left them.

import { describe, expect, it } from 'vitest'
import { addToBlock, openBlock } from '../../../src/ledger/cell-block.ts'

const AMOUNTS = [1n, 2n, 3n, 4n, 5n, 6n, 2n ** 33n + 7n, -8n, 0n]
const block = addToBlock(null, new Map([[5, AMOUNTS]]))

/** A view into a buffer with others' bytes on both sides. */
function within(bytes: Uint8Array, before: number): Uint8Array {
  const pool = Buffer.alloc(before + bytes.length + 64, 0xff)
  pool.set(bytes, before)
  return new Uint8Array(pool.buffer, pool.byteOffset + before, bytes.length)
}

describe('a block', () => {
  it.each([0, 1, 2, 3, 4, 8])('is read at %i bytes behind the start of its buffer', (before) => {
    const { ids, low, high } = openBlock(within(block, before))
    expect([...ids]).toEqual([5])
    const sums = low.map(
      (words, column) => BigInt(high[column]?.[0] ?? 0) * 2n ** 32n + BigInt(words[0] ?? 0),
    )
    expect(sums).toEqual(AMOUNTS)
  })

  it.each([1, 2, 4, 8, 12])(
    'that lacks %i bytes is refused, and not read into what stands behind it',
    (cut) => {
      for (let before = 0; before < 5; before++)
        expect(() => openBlock(within(block.subarray(0, -cut), before))).toThrow(/not whole|multiple of 4/)
    },
  )
})
