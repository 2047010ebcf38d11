// Pages over a store with very many requests.

import { expect, it } from 'vitest'
import type { RequestRecord } from '../../../src/core/request-record.ts'
import { pageRequests, type WalkBack } from '../../../src/ledger/request-pages.ts'
import { NOON_MS, sampleRecord } from '../../contract/record-samples.ts'

const COUNT = 45_000
const PROTOTYPE = sampleRecord()

/** Requests a millisecond apart; every 15,000th is of another team. */
function recordAt(index: number): RequestRecord {
  const team = index % 15_000 === 0 ? 'rare' : null
  return { ...PROTOTYPE, requestId: `req_${index}`, startedAtMs: NOON_MS + index, team }
}

let walked = 0
const walkBack: WalkBack = async ({ startedAtMs }, limit) => {
  const newest = Math.min(COUNT, startedAtMs - NOON_MS) - 1
  const length = Math.max(0, Math.min(limit, newest + 1))
  walked += length
  return Array.from({ length }, (_, index) => recordAt(newest - index))
}

it('a page looks at so many and no more, and the next goes on where it stopped', async () => {
  const found: string[] = []
  let pages = 0
  let cursor: string | null = null
  do {
    const before = walked
    const page = await pageRequests(
      { team: 'rare', limit: 2, ...(cursor === null ? {} : { cursor }) },
      walkBack,
    )
    expect(walked - before).toBeLessThanOrEqual(20_000)
    found.push(...page.records.map(({ requestId }) => requestId))
    cursor = page.nextCursor
    pages++
  } while (cursor !== null)
  expect(found).toEqual(['req_30000', 'req_15000', 'req_0'])
  expect(pages).toBe(3)
})
