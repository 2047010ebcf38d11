// Requests as they are looked at afterwards: one by its id, or pages of them, newest first.

import { describe, expect, it } from 'vitest'
import { type RequestRecord, requestCost } from '../../src/core/request-record.ts'
import type { RequestFilter, Store } from '../../src/ledger/store.ts'
import { NOON_MS, sampleRecord } from './record-samples.ts'
import { type StoreWorld, settleAll } from './store-world.ts'

export function describeRequests(world: () => StoreWorld): void {
  describe('requests', () => {
    it('name routes by their place in a catalogue, whose routes are kept under its version', async () => {
      const { store, open } = world()
      expect(await store.routes('v1')).toBeNull()
      await store.putRoutes('v1', ['openai/gpt-6-luna', 'openai/gpt-6-luna@high'])
      await open().putRoutes('v1', ['something/else'])
      await store.putRoutes('v2', [])
      expect(await open().routes('v1')).toEqual(['openai/gpt-6-luna', 'openai/gpt-6-luna@high'])
      expect(await store.routes('v2')).toEqual([])
    })

    it('are given back as they were written down', async () => {
      const { store } = world()
      const record = sampleRecord({
        team: 'équipe 💸',
        tags: { 'größe "x"': 'line\nbreak' },
        overheadMs: 0.1 + 0.2,
        decision: JSON.stringify({ text: '\u0000 " \\ 漢字' }),
        attempts: [
          { outcome: 'timeout', reason: 'no answer “in time”', source: 'estimated' },
          { cost: 9_007_199_254_740_991 },
        ],
      })
      await store.settle(record)
      expect(await store.request(record.requestId)).toEqual(record)
      expect(await store.request('req_unknown')).toBeNull()
    })

    it('come in pages, newest first, each once, those of one millisecond too', async () => {
      const { store } = world()
      const records = Array.from({ length: 23 }, (_, index) =>
        sampleRecord({ startedAtMs: NOON_MS + Math.floor(index / 6) }),
      )
      await settleAll(
        store,
        records.toSorted(() => Math.random() - 0.5),
      )
      const ids = records
        .toSorted((a, b) => b.startedAtMs - a.startedAtMs || (a.requestId < b.requestId ? 1 : -1))
        .map(({ requestId }) => requestId)
      for (const limit of [1, 5, 22, 23, 100]) {
        const pages = await allPages(store, { limit })
        expect(pages.flat().map(({ requestId }) => requestId)).toEqual(ids)
        expect(pages.every((page) => page.length <= limit)).toBe(true)
      }
    })

    it('keep their pages while new ones arrive', async () => {
      const { store } = world()
      const old = Array.from({ length: 6 }, (_, index) => sampleRecord({ startedAtMs: NOON_MS + index }))
      await settleAll(store, old)
      const first = await store.requests({ limit: 3 })
      await settleAll(store, [sampleRecord({ startedAtMs: NOON_MS + 100 })])
      const second = await store.requests({ limit: 3, cursor: first.nextCursor ?? 'none' })
      expect([...first.records, ...second.records]).toEqual(old.toReversed())
      expect(second.nextCursor).toBeNull()
    })

    it('are filtered by time, key, team, model, outcome and cost', async () => {
      const { store } = world()
      const records = [
        sampleRecord({ startedAtMs: NOON_MS, keyId: 'key_2' }),
        sampleRecord({ startedAtMs: NOON_MS + 1, team: 'équipe' }),
        sampleRecord({ startedAtMs: NOON_MS + 2, outcome: 'client_gone', status: 499 }),
        sampleRecord({ startedAtMs: NOON_MS + 3, requestedModel: 'gpt-4o' }),
        sampleRecord({
          startedAtMs: NOON_MS + 4,
          attempts: [{ provider: 'deepseek', model: 'deepseek-v4' }, {}],
        }),
        sampleRecord({ startedAtMs: NOON_MS + 5, keyId: 'key_2', attempts: [] }),
      ]
      await settleAll(store, records)
      const found = async (filter: Omit<RequestFilter, 'limit'>): Promise<readonly number[]> =>
        (await allPages(store, { ...filter, limit: 2 }))
          .flat()
          .map(({ startedAtMs }) => startedAtMs - NOON_MS)
      expect(await found({})).toEqual([5, 4, 3, 2, 1, 0])
      expect(await found({ fromMs: NOON_MS + 2, toMs: NOON_MS + 5 })).toEqual([4, 3, 2])
      expect(await found({ keyId: 'key_2' })).toEqual([5, 0])
      expect(await found({ team: 'équipe' })).toEqual([1])
      expect(await found({ outcome: 'client_gone' })).toEqual([2])
      expect(await found({ model: 'gpt-4o' })).toEqual([3])
      expect(await found({ model: 'deepseek-v4' })).toEqual([4])
      expect(await found({ model: 'deepseek/deepseek-v4' })).toEqual([4])
      expect(await found({ keyId: 'key_2', toMs: NOON_MS + 5 })).toEqual([0])
      expect(await found({ keyId: 'key_3' })).toEqual([])
      const costs = records.map(requestCost)
      const least = Math.min(...costs)
      expect(await found({ costOver: BigInt(least) })).toEqual(
        [5, 4, 3, 2, 1, 0].filter((index) => (costs[index] ?? 0) > least),
      )
      expect(await found({ costOver: BigInt(Math.max(...costs)) })).toEqual([])
      expect(await found({ cursor: 'not one of ours' })).toEqual([])
    })

    it('are found though many others lie between', async () => {
      const { store } = world()
      const needle = sampleRecord({ startedAtMs: NOON_MS, team: 'rare' })
      const hay = Array.from({ length: 450 }, (_, index) =>
        sampleRecord({ startedAtMs: NOON_MS + 1 + index }),
      )
      await settleAll(store, [needle, ...hay])
      expect(await store.requests({ team: 'rare', limit: 1 })).toEqual({
        records: [needle],
        nextCursor: null,
      })
      expect((await allPages(store, { limit: 200 })).flat()).toHaveLength(451)
    })
  })
}

async function allPages(store: Store, filter: RequestFilter): Promise<readonly (readonly RequestRecord[])[]> {
  const pages: (readonly RequestRecord[])[] = []
  let cursor = filter.cursor
  for (;;) {
    const page = await store.requests({ ...filter, ...(cursor === undefined ? {} : { cursor }) })
    pages.push(page.records)
    if (page.nextCursor === null) return pages
    cursor = page.nextCursor
  }
}
