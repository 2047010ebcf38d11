// Settling: each attempt counts once, whoever says it, how often, and in what order.

import { describe, expect, it } from 'vitest'
import { expiredRecord, HOUR_MS, NOON_MS, sampleHold, sampleRecord } from './record-samples.ts'
import { nth, type StoreWorld, settleAll, spendBy, total } from './store-world.ts'

export function describeBooking(world: () => StoreWorld): void {
  describe('a settlement', () => {
    it('adds what the attempts used and cost', async () => {
      const { store } = world()
      const record = sampleRecord({
        attempts: [
          {
            outcome: 'timeout',
            source: 'estimated',
            cost: 11,
            usage: { output: 0, reasoning: 0, cacheRead: 0 },
          },
          {
            outcome: 'rate_limited',
            source: null,
            cost: 0,
            usage: { output: 0, reasoning: 0, cacheRead: 0 },
          },
          { cost: 100 },
        ],
      })
      await store.hold(sampleHold(record))
      expect(await store.settle(record)).toBe('booked')
      expect(await total(store)).toEqual({
        requests: 1,
        attempts: 3,
        inputTokens: 105 + 105 + 125,
        cachedTokens: 20,
        outputTokens: 50,
        reasoningTokens: 30,
        cost: 111n,
        baseline: 5_000n,
        estimated: 11n,
      })
    })

    it('counts a request that was never sent', async () => {
      const { store } = world()
      await store.settle(sampleRecord({ attempts: [], baseline: 0, outcome: 'upstream_error', status: 502 }))
      expect(await total(store)).toMatchObject({ requests: 1, attempts: 0, cost: 0n, baseline: 0n })
      expect((await spendBy(store, ['provider', 'tier'])).map(({ group }) => group)).toEqual([
        { provider: null, tier: 'standard' },
      ])
    })

    it('needs no hold: the store may have lost it', async () => {
      const { store } = world()
      const record = sampleRecord()
      expect(await store.settle(record)).toBe('booked')
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
      expect(await store.request(record.requestId)).toEqual(record)
    })

    it('said again changes nothing, even where it says something else', async () => {
      const { store, open } = world()
      const record = sampleRecord()
      await store.settle(record)
      const before = await total(store)
      expect(await store.settle(record)).toBe('repeated')
      expect(await open().settle({ ...record, attempts: [], outcome: 'client_gone' })).toBe('repeated')
      expect(await total(store)).toEqual(before)
      expect(await store.request(record.requestId)).toEqual(record)
    })

    it('said by several at once counts once', async () => {
      const { store, open } = world()
      const stores = [store, open(), open()]
      const record = sampleRecord()
      const results = await Promise.all(
        Array.from({ length: 30 }, (_, index) => nth(stores, index).settle(record)),
      )
      expect(results.filter((result) => result === 'booked')).toHaveLength(1)
      expect(results.filter((result) => result === 'repeated')).toHaveLength(29)
      expect(await total(store)).toMatchObject({ requests: 1, attempts: 1, cost: 1_000n })
    })
  })

  describe('after the sweep booked an estimate', () => {
    it('the real end replaces it, once, and the record says so', async () => {
      const { store } = world()
      const real = sampleRecord({
        attempts: [{ provider: 'deepseek', model: 'deepseek-v4', cost: 300 }],
        baseline: 70,
      })
      await store.hold(sampleHold(real))
      expect(await store.settle(expiredRecord(real, { cost: 4_000 }))).toBe('booked')
      expect(await total(store)).toMatchObject({ requests: 1, cost: 4_000n, estimated: 4_000n })
      expect((await store.request(real.requestId))?.outcome).toBe('expired')

      expect(await store.settle(real)).toBe('corrected')
      expect(await store.request(real.requestId)).toEqual({
        ...real,
        estimateReplaced: { cost: 4_000, baseline: 5_000, endedAtMs: expect.any(Number) },
      })
      const rows = await spendBy(store, ['provider'])
      expect(rows).toEqual([
        expect.objectContaining({
          group: { provider: 'deepseek' },
          requests: 1,
          attempts: 1,
          cost: 300n,
          baseline: 70n,
          estimated: 0n,
        }),
      ])

      expect(await store.settle(real)).toBe('repeated')
      expect(await store.settle(expiredRecord(real, { cost: 4_000 }))).toBe('repeated')
      expect(await spendBy(store, ['provider'])).toEqual(rows)
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
    })

    it('the estimate leaves the hour in which it was booked', async () => {
      const { store } = world()
      const real = sampleRecord({ startedAtMs: NOON_MS - 1, attempts: [{ cost: 10 }] })
      const other = sampleRecord({ startedAtMs: NOON_MS + 1, attempts: [{ cost: 5 }] })
      await store.settle(other)
      await store.settle(expiredRecord(real, { cost: 400, startedAtMs: NOON_MS + 2 }))
      expect(await store.settle(real)).toBe('corrected')
      expect(
        (await spendBy(store, ['hour'])).map(({ group, cost, requests }) => [group['hour'], cost, requests]),
      ).toEqual([
        ['2026-11-24T11:00Z', 10n, 1],
        ['2026-11-24T12:00Z', 5n, 1],
      ])
    })

    it('several real ends at once correct it once', async () => {
      const { store, open } = world()
      const stores = [store, open()]
      const real = sampleRecord({ startedAtMs: NOON_MS + HOUR_MS, attempts: [{ cost: 10 }] })
      await store.settle(expiredRecord(real, { cost: 400, startedAtMs: NOON_MS }))
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => nth(stores, index).settle(real)),
      )
      expect(results.filter((result) => result === 'corrected')).toHaveLength(1)
      expect(await total(store)).toMatchObject({ requests: 1, attempts: 1, cost: 10n, estimated: 0n })
    })

    it('two sweeps at once book it once', async () => {
      const { store, open } = world()
      const estimate = expiredRecord(sampleRecord(), { cost: 400 })
      const results = await Promise.all([store.settle(estimate), open().settle(estimate)])
      expect(results.toSorted()).toEqual(['booked', 'repeated'])
      expect(await total(store)).toMatchObject({ requests: 1, cost: 400n, estimated: 400n })
    })

    it('no estimate replaces a real end that came first', async () => {
      const { store } = world()
      const real = sampleRecord()
      await store.settle(real)
      expect(await store.settle(expiredRecord(real, { cost: 4_000 }))).toBe('repeated')
      expect(await total(store)).toMatchObject({ requests: 1, cost: 1_000n, estimated: 0n })
    })
  })

  describe('a restart', () => {
    it('keeps sums, requests, holds, leases and keys', async () => {
      const { store, restart } = world()
      const settled = Array.from({ length: 5 }, () => sampleRecord())
      const open = sampleHold(sampleRecord())
      const estimated = sampleRecord({ attempts: [{ cost: 3 }] })
      await settleAll(store, settled)
      await store.settle(expiredRecord(estimated, { cost: 50 }))
      await store.hold(open)
      await store.putKey({ id: 'key_1', hash: 'aa', document: '{"name":"Zoë"}' })
      const before = await spendBy(store, ['provider', 'hour'])

      const again = await restart()
      expect(await spendBy(again, ['provider', 'hour'])).toEqual(before)
      expect(await again.request(settled[0]?.requestId ?? '')).toEqual(settled[0])
      expect(await again.held()).toEqual({ count: 1, amount: 2_000n })
      expect(await again.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([open])
      expect(await again.keyByHash('aa')).toEqual({ id: 'key_1', hash: 'aa', document: '{"name":"Zoë"}' })
      expect(await settleAll(again, settled)).toEqual(settled.map(() => 'repeated'))
      expect(await again.settle(estimated)).toBe('corrected')
      expect(await total(again)).toMatchObject({ requests: 6, cost: 5_003n, estimated: 0n })
    })

    it('loses nothing that was still on its way when the store was closed', async () => {
      const { store, restart } = world()
      const records = Array.from({ length: 50 }, () => sampleRecord())
      const settled = settleAll(store, records)
      const again = await restart()
      expect(await settled).toEqual(records.map(() => 'booked'))
      expect(await total(again)).toMatchObject({ requests: 50, cost: 50_000n })
    })
  })
}
