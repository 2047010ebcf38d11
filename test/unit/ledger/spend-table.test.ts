// Sums of a report: exact, however many cells there are and whatever is in them.

import { expect, it } from 'vitest'
import { COLUMNS } from '../../../src/ledger/cell-block.ts'
import { createSpendTable } from '../../../src/ledger/spend-table.ts'

const CELLS = 1_500_000
const MOST = 0xffff_ffff

const costing = (cost: bigint): readonly bigint[] => [0n, 0n, 0n, 0n, 0n, 0n, cost, 0n, 0n]

it('is exact beyond what doubles hold, and beyond the cells whose low words one holds', () => {
  const table = createSpendTable()
  const [one, other] = [table.addGroup(), table.addGroup()]
  const words = new Uint32Array(CELLS).fill(MOST)
  const block = {
    ids: words,
    low: Array.from({ length: COLUMNS }, () => words),
    high: Array.from({ length: COLUMNS }, (_, column) =>
      column === 7 ? new Int32Array(CELLS).fill(-1) : null,
    ),
  }
  for (let round = 0; round < 3; round++) table.addBlock(new Uint32Array(CELLS).fill(one), block)
  table.add(other, [1n, 2n, 3n, 4n, 5n, 6n, 2n ** 62n, -(2n ** 40n), 0n])
  expect(table.groups()).toEqual([one, other])
  const { cost, baseline, requests } = table.row(one, {})
  expect([cost, baseline]).toEqual([BigInt(3 * CELLS) * BigInt(MOST), BigInt(-3 * CELLS)])
  expect(requests).toBe(3 * CELLS * MOST)
  expect(table.row(other, { team: 'a' })).toEqual({
    group: { team: 'a' },
    requests: 1,
    attempts: 2,
    inputTokens: 3,
    cachedTokens: 4,
    outputTokens: 5,
    reasoningTokens: 6,
    cost: 2n ** 62n,
    baseline: -(2n ** 40n),
    estimated: 0n,
  })
})

it('leaves out what was taken back to nothing, and has room for any number of groups', () => {
  const table = createSpendTable()
  const groups = Array.from({ length: 1_000 }, () => table.addGroup())
  for (const group of groups) table.add(group, costing(BigInt(group)))
  for (const group of groups) if (group % 2 === 1) table.add(group, costing(BigInt(-group)))
  expect(table.groups()).toEqual(groups.filter((group) => group % 2 === 0 && group > 0))
  expect(table.row(998, {}).cost).toBe(998n)
})
