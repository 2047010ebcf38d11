// Aggregates: hours that are over become blocks by day and month, old ones are dropped, and no report says another sum for it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROVIDER_IDS } from '../../src/core/route.ts'
import { SPEND_DIMENSIONS, type SpendDimension, type Store } from '../../src/ledger/store.ts'
import { expiredRecord, HOUR_MS, NOON_MS, newRequestId, sampleRecord } from './record-samples.ts'
import { spendOf } from './spend-oracle.ts'
import { type StoreWorld, settleAll, spendBy, total } from './store-world.ts'

const DAY_MS = 24 * HOUR_MS
const NEVER = Number.NEGATIVE_INFINITY

export function describeAggregates(world: () => StoreWorld): void {
  describe('aggregates', () => {
    it('say what the sums said, and what came later for the same hours', async () => {
      const { store } = world()
      const months = [-70, -40, -31, -5, -1, 0].map((day) =>
        sampleRecord({ startedAtMs: NOON_MS + day * DAY_MS, attempts: [{ cost: 10 ** 12 + day }] }),
      )
      await settleAll(store, months)
      await rollUpAll(store)
      const late = months.map(({ startedAtMs }) =>
        sampleRecord({ startedAtMs: startedAtMs + 1, attempts: [{ cost: 7 }] }),
      )
      await settleAll(store, late.slice(0, 3))
      await rollUpAll(store)
      await settleAll(store, late.slice(3))
      const all = [...months, ...late]
      for (const groupBy of [[], ['day'], ['hour'], ['key', 'model'], ['day', 'tag:x']] as const) {
        const query = { fromMs: NOON_MS - 65 * DAY_MS, toMs: NOON_MS + HOUR_MS, groupBy }
        expect(await store.spend(query)).toEqual(spendOf(all, query))
      }
    })

    it('take back an estimate that was in them', async () => {
      const { store } = world()
      const record = sampleRecord({ attempts: [{ cost: 700 }] })
      await store.settle(expiredRecord(record, { cost: 40_000, startedAtMs: NOON_MS - 3 * HOUR_MS }))
      await rollUpAll(store)
      expect(await store.settle(record)).toBe('corrected')
      const told = await spendBy(store, ['hour', 'model'])
      expect(told).toEqual(
        spendOf([record], { fromMs: 0, toMs: Date.UTC(2030, 0), groupBy: ['hour', 'model'] }),
      )
      await rollUpAll(store)
      expect(await spendBy(store, ['hour', 'model'])).toEqual(told)
    })

    it('are exact beyond 2^53, and below zero', async () => {
      const { store } = world()
      const dear = { attempts: [{ cost: 9_007_199_254_740_991 }], baseline: 9_007_199_254_740_989 }
      await settleAll(
        store,
        [0, 1, 2].map((hour) => sampleRecord({ ...dear, startedAtMs: NOON_MS + hour * HOUR_MS })),
      )
      await rollUpAll(store)
      expect(await total(store)).toMatchObject({
        cost: 27_021_597_764_222_973n,
        baseline: 27_021_597_764_222_967n,
      })
    })

    it('by the month stay where hours and days are dropped, and coarser rows stand for finer', async () => {
      const { store } = world()
      const records = [
        sampleRecord({ startedAtMs: Date.UTC(2026, 8, 3, 7), attempts: [{ cost: 1 }] }),
        sampleRecord({ startedAtMs: Date.UTC(2026, 8, 30, 23), attempts: [{ cost: 2 }] }),
        sampleRecord({ startedAtMs: Date.UTC(2026, 9, 2, 5), attempts: [{ cost: 4 }] }),
        sampleRecord({ startedAtMs: NOON_MS, attempts: [{ cost: 8 }] }),
      ]
      await settleAll(store, records)
      await rollUpAll(store)
      await store.dropAggregates({ hoursFromMs: Date.UTC(2026, 9, 9, 3), daysFromMs: Date.UTC(2026, 9, 9) })
      expect(await store.keptFrom()).toEqual({
        hoursFromMs: Date.UTC(2026, 9, 9),
        daysFromMs: Date.UTC(2026, 9),
      })
      const costs = async (groupBy: SpendDimension) =>
        (await spendBy(store, [groupBy])).map(({ group, cost }) => [group[groupBy], cost])
      expect(await costs('day')).toEqual([
        ['2026-09', 3n],
        ['2026-10-02', 4n],
        ['2026-11-24', 8n],
      ])
      expect(await costs('hour')).toEqual([
        ['2026-09', 3n],
        ['2026-10-02', 4n],
        ['2026-11-24T12:00Z', 8n],
      ])
      // A range that cuts through September covers all of it, and one through 2 October the day.
      const cost = async (fromMs: number, toMs: number): Promise<bigint> =>
        (await store.spend({ fromMs, toMs, groupBy: [] }))[0]?.cost ?? 0n
      expect(await cost(Date.UTC(2026, 8, 20), Date.UTC(2026, 8, 21))).toBe(3n)
      expect(await cost(Date.UTC(2026, 9, 2, 8), Date.UTC(2026, 9, 2, 9))).toBe(4n)
      // What was dropped does not come back with a longer retention.
      await store.dropAggregates({ hoursFromMs: NEVER, daysFromMs: NEVER })
      expect((await store.keptFrom()).daysFromMs).toBe(Date.UTC(2026, 9))
    })

    it('lose nothing of requests whose records are dropped', async () => {
      const { store } = world()
      const records = Array.from({ length: 30 }, (_, hour) =>
        sampleRecord({ startedAtMs: NOON_MS - hour * HOUR_MS, attempts: [{ cost: 2 ** hour }] }),
      )
      await settleAll(store, records)
      const before = await spendBy(store, ['hour'])
      const cut = NOON_MS - 10 * HOUR_MS
      expect(await store.dropRequests(cut, 15)).toBe(15)
      expect(await store.dropRequests(cut, 15)).toBe(4)
      expect(await store.dropRequests(cut, 15)).toBe(0)
      expect((await store.requests({ limit: 100 })).records.map(({ startedAtMs }) => startedAtMs)).toEqual(
        Array.from({ length: 11 }, (_, hour) => NOON_MS - hour * HOUR_MS),
      )
      expect(await spendBy(store, ['hour'])).toEqual(before)
      await rollUpAll(store)
      expect(await spendBy(store, ['hour'])).toEqual(before)
    })

    it('are made by several at once, while requests end and reports are read', async () => {
      const { store, open } = world()
      const others = [open(), open()]
      const records = Array.from({ length: 120 }, (_, index) =>
        sampleRecord({ startedAtMs: NOON_MS - (index % 12) * HOUR_MS, attempts: [{ cost: 1 }] }),
      )
      await settleAll(store, records)
      const over = new AbortController()
      const makers = [store, ...others].map(async (each) => {
        while (!over.signal.aborted) await each.rollUp(Number.MAX_SAFE_INTEGER)
      })
      const made = Promise.all(makers)
      const more = Array.from({ length: 60 }, (_, index) =>
        sampleRecord({ startedAtMs: NOON_MS - (index % 12) * HOUR_MS, attempts: [{ cost: 1_000 }] }),
      )
      const costs: bigint[] = []
      for (const record of more) {
        await store.settle(record)
        costs.push((await total(others[0] ?? store))?.cost ?? 0n)
      }
      over.abort()
      await made
      // Each is there in every report from its settlement on, and once.
      expect(costs).toEqual(more.map((_, index) => 120n + 1_000n * BigInt(index + 1)))
      expect(await spendBy(store, ['hour'])).toEqual(
        spendOf([...records, ...more], { fromMs: 0, toMs: Date.UTC(2030, 0), groupBy: ['hour'] }),
      )
    })

    it('say what the requests add up to, whatever is rolled up or dropped in between', async () => {
      const { store } = world()
      const settled: ReturnType<typeof sampleRecord>[] = []
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyRecord, { maxLength: 6 }),
          anyStep,
          anyGroups,
          async (records, step, groupBy) => {
            const named = records.map((record) => sampleRecord({ ...record, requestId: newRequestId() }))
            await settleAll(store, named)
            settled.push(...named)
            if (step.rollUpBefore !== null) while (await store.rollUp(NOON_MS + step.rollUpBefore * HOUR_MS));
            if (step.dropRequests) await store.dropRequests(NOON_MS - 20 * DAY_MS, 1_000)
            if (step.dropHours !== null)
              await store.dropAggregates({
                hoursFromMs: NOON_MS + step.dropHours * HOUR_MS,
                daysFromMs: NOON_MS + step.dropHours * HOUR_MS - 60 * DAY_MS,
              })
            // Months that are whole are exact by any group but the time.
            const query = { fromMs: Date.UTC(2026, 7), toMs: Date.UTC(2027, 1), groupBy }
            expect(await store.spend(query)).toEqual(spendOf(settled, query))
            const { hoursFromMs } = await store.keptFrom()
            const recent = {
              fromMs: Math.max(hoursFromMs, NOON_MS - 100 * DAY_MS),
              toMs: NOON_MS + 200 * HOUR_MS,
              groupBy: [...groupBy, 'hour'] as const,
            }
            expect(await store.spend(recent)).toEqual(spendOf(settled, recent))
          },
        ),
        { numRuns: 30 },
      )
    }, 60_000)
  })
}

async function rollUpAll(store: Store): Promise<void> {
  while (await store.rollUp(Number.MAX_SAFE_INTEGER));
}

const anyAttempt = fc.record({
  provider: fc.constantFrom(...PROVIDER_IDS),
  model: fc.constantFrom('small', 'large'),
  cost: fc.nat(1_000_000_000_000),
  source: fc.option(fc.constantFrom('provider', 'drained', 'estimated')),
})
const anyRecord = fc.record({
  startedAtMs: fc.integer({ min: NOON_MS - 90 * DAY_MS, max: NOON_MS + 50 * HOUR_MS }),
  team: fc.option(fc.constantFrom('a', 'ä "b"', '')),
  project: fc.option(fc.constantFrom('p', 'q')),
  keyId: fc.constantFrom('key_1', 'key_2'),
  tags: fc.dictionary(fc.constantFrom('feature', 'batch'), fc.constantFrom('x', 'y'), {
    noNullPrototype: true,
  }),
  attempts: fc.array(anyAttempt, { maxLength: 3 }),
  baseline: fc.nat(1_000_000_000_000),
})
const anyStep = fc.record({
  rollUpBefore: fc.option(fc.integer({ min: -2_000, max: 60 })),
  dropHours: fc.option(fc.integer({ min: -2_400, max: -100 }), { freq: 3 }),
  dropRequests: fc.boolean(),
})
const anyGroups = fc.uniqueArray<SpendDimension, SpendDimension>(
  fc.constantFrom<SpendDimension>(
    ...SPEND_DIMENSIONS.filter((dimension) => dimension !== 'day' && dimension !== 'hour'),
    'tag:feature',
  ),
  { maxLength: 4 },
)
