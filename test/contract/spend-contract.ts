// Spend reports: any dimension, full hours, exact.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PROVIDER_IDS } from '../../src/core/route.ts'
import { TIERS } from '../../src/core/tier.ts'
import { SPEND_DIMENSIONS, type SpendDimension } from '../../src/ledger/store.ts'
import { HOUR_MS, NOON_MS, newRequestId, sampleRecord } from './record-samples.ts'
import { spendOf } from './spend-oracle.ts'
import { type StoreWorld, settleAll, spendBy, total } from './store-world.ts'

export function describeSpend(world: () => StoreWorld): void {
  describe('spend', () => {
    it('of nothing has no rows', async () => {
      expect(await spendBy(world().store, [])).toEqual([])
      expect(await spendBy(world().store, ['provider', 'hour'])).toEqual([])
    })

    it('is exact beyond what a double holds', async () => {
      const { store } = world()
      const record = { attempts: [{ cost: 9_007_199_254_740_991 }], baseline: 9_007_199_254_740_989 }
      await settleAll(
        store,
        [1, 2, 3].map(() => sampleRecord(record)),
      )
      expect(await total(store)).toMatchObject({
        cost: 27_021_597_764_222_973n,
        baseline: 27_021_597_764_222_967n,
      })
    })

    it('cuts its range to full hours, the end excluded', async () => {
      const { store } = world()
      const hours = [-1, 0, 1, 2].map((hour) =>
        sampleRecord({ startedAtMs: NOON_MS + hour * HOUR_MS, attempts: [{ cost: 10 ** (hour + 1) }] }),
      )
      await settleAll(store, [
        ...hours,
        sampleRecord({ startedAtMs: NOON_MS + HOUR_MS - 1, attempts: [{ cost: 7 }] }),
      ])
      const cost = async (fromMs: number, toMs: number): Promise<bigint> =>
        (await store.spend({ fromMs, toMs, groupBy: [] }))[0]?.cost ?? 0n
      expect(await cost(NOON_MS, NOON_MS + HOUR_MS)).toBe(17n)
      expect(await cost(NOON_MS + 1, NOON_MS + 2)).toBe(17n)
      expect(await cost(NOON_MS + HOUR_MS - 1, NOON_MS + HOUR_MS + 1)).toBe(117n)
      expect(await cost(NOON_MS - 1, NOON_MS)).toBe(1n)
      expect(await cost(NOON_MS, NOON_MS)).toBe(0n)
      expect(await cost(NOON_MS + 10 * HOUR_MS, NOON_MS + 11 * HOUR_MS)).toBe(0n)
    })

    it('groups by day and hour in UTC', async () => {
      const { store } = world()
      const midnight = Date.UTC(2026, 10, 25)
      await settleAll(store, [
        sampleRecord({ startedAtMs: midnight - 1, attempts: [{ cost: 1 }] }),
        sampleRecord({ startedAtMs: midnight, attempts: [{ cost: 2 }] }),
        sampleRecord({ startedAtMs: midnight + HOUR_MS, attempts: [{ cost: 4 }] }),
      ])
      const costs = async (dimension: SpendDimension) =>
        (await spendBy(store, [dimension])).map(({ group, cost }) => [group[dimension], cost])
      expect(await costs('day')).toEqual([
        ['2026-11-24', 1n],
        ['2026-11-25', 6n],
      ])
      expect(await costs('hour')).toEqual([
        ['2026-11-24T23:00Z', 1n],
        ['2026-11-25T00:00Z', 2n],
        ['2026-11-25T01:00Z', 4n],
      ])
    })

    it('keeps names apart that differ in anything', async () => {
      const { store } = world()
      const teams = [
        'blue',
        'Blue',
        'blau ',
        'équipe',
        'e\u0301quipe',
        'チーム',
        '💸',
        '"quoted"',
        'a\\b',
        'line\nbreak',
        'nul\u0000byte',
        '',
        null,
        'null',
        "'; DROP TABLE sums; --",
      ]
      const records = teams.map((team, index) =>
        sampleRecord({
          team,
          attempts: [{ cost: 2 ** index }],
          tags: { 'größe/"x"': String(team), __proto: 'p' },
        }),
      )
      await settleAll(store, records)
      const rows = await spendBy(store, ['team'])
      expect(new Map(rows.map(({ group, cost }) => [group['team'], cost]))).toEqual(
        new Map(teams.map((team, index) => [team, BigInt(2 ** index)])),
      )
      expect(await spendBy(store, ['tag:größe/"x"'])).toEqual(
        spendOf(records, { fromMs: 0, toMs: Date.UTC(2030, 0), groupBy: ['tag:größe/"x"'] }),
      )
    })

    it('adds tags up whatever order they came in', async () => {
      const { store } = world()
      await settleAll(store, [
        sampleRecord({ tags: { team: 'a', feature: 'x' } }),
        sampleRecord({ tags: { feature: 'x', team: 'a' } }),
        sampleRecord({ tags: { feature: 'y' } }),
        sampleRecord(),
      ])
      const rows = await spendBy(store, ['tag:feature', 'tag:team'])
      expect(rows.map(({ group, requests }) => [Object.values(group), requests])).toEqual([
        [['x', 'a'], 2],
        [['y', null], 1],
        [[null, null], 1],
      ])
    })

    it('is what the requests themselves add up to, by any dimensions', async () => {
      const { store } = world()
      // One store for all runs: what was settled by one is in the report of the next.
      const settled: ReturnType<typeof sampleRecord>[] = []
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyRecord, { maxLength: 8 }),
          anyGroups,
          anyRange,
          async (records, groupBy, range) => {
            const named = records.map((record) => sampleRecord({ ...record, requestId: newRequestId() }))
            await settleAll(store, named)
            settled.push(...named)
            const query = { ...range, groupBy }
            expect(await store.spend(query)).toEqual(spendOf(settled, query))
          },
        ),
        { numRuns: 40 },
      )
    })
  })
}

const anyName = fc.option(fc.constantFrom('a', 'b', 'ä', ''))
const anyAttempt = fc.record({
  provider: fc.constantFrom(...PROVIDER_IDS),
  model: fc.constantFrom('small', 'large'),
  cost: fc.nat(1_000_000_000_000),
  source: fc.option(fc.constantFrom('provider', 'drained', 'estimated')),
  usage: fc.record({ freshInput: fc.nat(2_000_000), cacheRead: fc.nat(1_000), output: fc.nat(9_000) }),
})
const anyRecord = fc.record({
  startedAtMs: fc.integer({ min: NOON_MS - 30 * HOUR_MS, max: NOON_MS + 30 * HOUR_MS }),
  team: anyName,
  project: anyName,
  keyId: fc.constantFrom('key_1', 'key_2'),
  tier: fc.constantFrom(...TIERS),
  tags: fc.dictionary(fc.constantFrom('feature', 'batch'), fc.constantFrom('x', 'y'), {
    noNullPrototype: true,
  }),
  attempts: fc.array(anyAttempt, { maxLength: 3 }),
  baseline: fc.nat(1_000_000_000_000),
})
const anyGroups = fc.uniqueArray<SpendDimension, SpendDimension>(
  fc.constantFrom<SpendDimension>(...SPEND_DIMENSIONS, 'tag:feature', 'tag:batch', 'tag:none'),
  { maxLength: 4 },
)
const anyRange = fc
  .tuple(fc.integer({ min: -40, max: 40 }), fc.nat(80 * HOUR_MS))
  .map(([hour, lengthMs]) => ({
    fromMs: NOON_MS + hour * HOUR_MS + 7,
    toMs: NOON_MS + hour * HOUR_MS + lengthMs,
  }))
