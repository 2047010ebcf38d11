// Holds: set aside once, given back once, found when their lease runs out.

import { describe, expect, it } from 'vitest'
import { NOON_MS, sampleAttempt, sampleHold, sampleRecord } from './record-samples.ts'
import { type StoreWorld, total } from './store-world.ts'

export function describeHolds(world: () => StoreWorld): void {
  describe('holds', () => {
    it('count and add up until they are settled', async () => {
      const { store } = world()
      const records = [1_000, 20_000, 300_000].map((cost) => sampleRecord({ attempts: [{ cost }] }))
      for (const record of records) await store.hold(sampleHold(record))
      expect(await store.held()).toEqual({ count: 3, amount: 642_000n })
      const [first, second, third] = records
      if (first === undefined || second === undefined || third === undefined) throw new Error('three records')
      await store.settle(second)
      expect(await store.held()).toEqual({ count: 2, amount: 602_000n })
      await Promise.all([store.settle(first), store.settle(third)])
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
    })

    it('are given back once, however often their request is settled', async () => {
      const { store } = world()
      const kept = sampleRecord()
      const record = sampleRecord()
      await store.hold(sampleHold(kept))
      await store.hold(sampleHold(record))
      await store.settle(record)
      await store.settle(record)
      expect(await store.held()).toEqual({ count: 1, amount: 2_000n })
    })

    it('replace an earlier hold of the same request, and what it had sent', async () => {
      const { store } = world()
      const record = sampleRecord()
      await store.hold(sampleHold(record, { amount: 7 }))
      await store.redispatch(record.requestId, {
        attempt: sampleAttempt({ cost: 999 }),
        baseline: 1,
        baselineModel: null,
      })
      const second = sampleHold(record, { amount: 9 })
      await store.hold(second)
      expect(await store.held()).toEqual({ count: 1, amount: 9n })
      expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([second])
    })

    it('add up beyond what a double holds exactly', async () => {
      const { store } = world()
      for (let index = 0; index < 3; index++) {
        await store.hold(sampleHold(sampleRecord(), { amount: 9_007_199_254_740_991 }))
      }
      expect(await store.held()).toEqual({ count: 3, amount: 27_021_597_764_222_973n })
    })

    it('of which nothing was sent are given back, and nothing is booked', async () => {
      const { store } = world()
      const [first, second, kept] = [1, 20, 300].map((amount) => sampleHold(sampleRecord(), { amount }))
      for (const hold of [first, second, kept]) if (hold !== undefined) await store.hold(hold)
      await store.release([first?.requestId ?? '', second?.requestId ?? '', 'req_unknown'])
      await store.release([first?.requestId ?? ''])
      await store.release([])
      expect(await store.held()).toEqual({ count: 1, amount: 300n })
      expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([kept])
      expect(await total(store)).toBeNull()
    })

    it('of no amount are holds too', async () => {
      const { store } = world()
      const record = sampleRecord()
      await store.hold(sampleHold(record, { amount: 0 }))
      expect(await store.held()).toEqual({ count: 1, amount: 0n })
      await store.settle(record)
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
    })
  })

  describe('leases', () => {
    it('that ran out are found, oldest first, whole, and no others', async () => {
      const { store } = world()
      const holds = [500, 100, 300, 900].map((leaseMs) =>
        sampleHold(sampleRecord({ tags: { 'größe "x"': '💰' } }), {
          leaseUntilMs: NOON_MS + leaseMs,
          decision: '{"a":[1,2]}',
        }),
      )
      for (const hold of holds) await store.hold(hold)
      expect(await store.expired(NOON_MS + 99, 10)).toEqual([])
      expect(await store.expired(NOON_MS + 500, 10)).toEqual([holds[1], holds[2], holds[0]])
      expect(await store.expired(NOON_MS + 500, 2)).toEqual([holds[1], holds[2]])
    })

    it('are moved by a renewal; unknown requests get none', async () => {
      const { store } = world()
      const renewed = sampleHold(sampleRecord())
      const left = sampleHold(sampleRecord())
      await store.hold(renewed)
      await store.hold(left)
      await store.renew([renewed.requestId, 'req_unknown'], NOON_MS + 60_000)
      expect(await store.expired(NOON_MS + 30_000, 10)).toEqual([left])
      expect(await store.expired(NOON_MS + 60_000, 10)).toEqual([
        left,
        { ...renewed, leaseUntilMs: NOON_MS + 60_000 },
      ])
      expect(await store.held()).toEqual({ count: 2, amount: 4_000n })
      await store.renew([], NOON_MS)
    })

    it('of a settled request do not run out any more, nor come back by a renewal', async () => {
      const { store } = world()
      const record = sampleRecord()
      await store.hold(sampleHold(record))
      await store.settle(record)
      await store.renew([record.requestId], NOON_MS)
      expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
    })

    it('tell what was sent last', async () => {
      const { store } = world()
      const record = sampleRecord()
      const hold = sampleHold(record)
      await store.hold(hold)
      const earlier = [sampleAttempt({ outcome: 'timeout', cost: 123, source: 'estimated' })]
      const dispatch = {
        attempt: sampleAttempt({ provider: 'deepseek', model: 'deepseek-v4', cost: 77 }),
        baseline: 9_999,
        baselineModel: null,
        earlier,
      }
      await store.redispatch(record.requestId, dispatch)
      await store.redispatch('req_unknown', dispatch)
      expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([{ ...hold, dispatch }])
      expect(await store.held()).toEqual({ count: 1, amount: 2_000n })
    })
  })
}
