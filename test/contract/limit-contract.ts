// Limits: requests and tokens in any minute, requests at once; counted with the hold, in one step, by any number of processes.

import { describe, expect, it } from 'vitest'
import { type Rate, ROUTE_RATE } from '../../src/ledger/admission.ts'
import type { Store } from '../../src/ledger/store.ts'
import { dayAccount, isHeld, sampleDemand } from './demand-samples.ts'
import { LimitOracle } from './limit-oracle.ts'
import { NOON_MS, sampleAttempt, sampleHold, sampleRecord } from './record-samples.ts'
import { nth, type StoreWorld } from './store-world.ts'

type Limits = Partial<Pick<Rate, 'requests' | 'tokens' | 'concurrency'>>

interface Asked {
  readonly limits: Limits
  readonly atMs?: number
  readonly tokens?: number
  readonly name?: string
}

/** Asks for a hold under one rate; `settle` ends it with so many tokens. */
async function ask(store: Store, { limits, atMs = 0, tokens = 0, name = 'key:key_1' }: Asked) {
  const record = sampleRecord({ accounts: [], startedAtMs: NOON_MS + atMs })
  const entry = name.startsWith(ROUTE_RATE) ? `${record.requestId}.1` : record.requestId
  const admission = await store.hold(
    sampleHold(record, { accounts: [] }),
    sampleDemand({ nowMs: NOON_MS + atMs, expectedTokens: tokens, rates: [{ name, entry, ...limits }] }),
  )
  const settle = (real: number) => store.settle(withTokens(record, [real]))
  return { admission, record, settle }
}

function withTokens(record: ReturnType<typeof sampleRecord>, counts: readonly number[]) {
  const usage = { freshInput: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0, reasoning: 0 }
  return {
    ...record,
    attempts: counts.map((output, index) => ({
      ...sampleAttempt({ usage: { ...usage, output } }),
      attemptId: `${record.requestId}.${index + 1}`,
    })),
  }
}

function route(name: string, entry: string, limits: Limits) {
  return { name: `${ROUTE_RATE}${name}`, entry, ...limits }
}

/** The second attempt goes to the only place that there is. */
function onlyPlace(requestId: string) {
  return sampleDemand({ expectedTokens: 9, rates: [route('openai', `${requestId}.2`, { concurrency: 1 })] })
}

export function describeLimits(world: () => StoreWorld): void {
  describe('limits', () => {
    it('of requests hold in any minute, to the millisecond, and tell when there is room', async () => {
      const { store } = world()
      const limits = { requests: 3 }
      for (const atMs of [0, 10_000, 20_500]) {
        expect(isHeld((await ask(store, { limits, atMs })).admission)).toBe(true)
      }
      expect((await ask(store, { limits, atMs: 59_999 })).admission).toEqual({
        kind: 'limited',
        rate: 0,
        by: 'requests',
        retryAfterMs: 1,
        rates: [{ requests: 3, tokens: 0, resetMs: 20_501 }],
      })
      expect((await ask(store, { limits, atMs: 60_000 })).admission).toMatchObject({
        kind: 'held',
        rates: [{ requests: 3, tokens: 0, resetMs: 60_000 }],
      })
      expect((await ask(store, { limits, atMs: 60_000 })).admission).toMatchObject({ retryAfterMs: 10_000 })
    })

    it('of tokens hold the estimate, and the real count once it is known', async () => {
      const { store } = world()
      const limits = { tokens: 1_000 }
      const first = await ask(store, { limits, tokens: 600 })
      expect(first.admission).toMatchObject({ kind: 'held', rates: [{ requests: 1, tokens: 600 }] })
      expect((await ask(store, { limits, tokens: 401, atMs: 1_000 })).admission).toMatchObject({
        kind: 'limited',
        by: 'tokens',
        retryAfterMs: 59_000,
      })
      await first.settle(150)
      expect((await ask(store, { limits, tokens: 850, atMs: 2_000 })).admission).toMatchObject({
        kind: 'held',
        rates: [{ requests: 2, tokens: 1_000 }],
      })
      const late = await ask(store, { limits, tokens: 100, atMs: 61_000 })
      expect(late.admission).toMatchObject({ kind: 'held', rates: [{ requests: 2, tokens: 950 }] })
      await late.settle(5_000)
      expect((await ask(store, { limits, tokens: 1, atMs: 61_001 })).admission).toMatchObject({
        retryAfterMs: 59_999,
      })
    })

    it('of requests at once are free again at the end, the release and the lease', async () => {
      const { store } = world()
      const limits = { concurrency: 2 }
      const [first, second] = [await ask(store, { limits }), await ask(store, { limits })]
      expect((await ask(store, { limits, atMs: 300_000 })).admission).toMatchObject({
        kind: 'limited',
        by: 'concurrency',
        retryAfterMs: 1_000,
      })
      await first.settle(1)
      await first.settle(1)
      const third = await ask(store, { limits })
      expect(isHeld(third.admission)).toBe(true)
      expect(isHeld((await ask(store, { limits })).admission)).toBe(false)
      await store.release([second.record.requestId])
      await store.release([second.record.requestId])
      expect(isHeld((await ask(store, { limits })).admission)).toBe(true)
      expect(isHeld((await ask(store, { limits })).admission)).toBe(false)
      await store.settle({ ...third.record, outcome: 'expired' })
      expect(isHeld((await ask(store, { limits })).admission)).toBe(true)
    })

    it('do not count what was given back unsent', async () => {
      const { store } = world()
      const limits = { requests: 1, tokens: 10 }
      const { record } = await ask(store, { limits, tokens: 10 })
      await store.release([record.requestId])
      expect((await ask(store, { limits, tokens: 10 })).admission).toMatchObject({
        kind: 'held',
        rates: [{ requests: 1, tokens: 10 }],
      })
    })

    it('that refuse take nothing, neither of the other limits nor of the budgets', async () => {
      const { store } = world()
      const account = dayAccount('search')
      const record = sampleRecord({ accounts: [account] })
      const demand = (requests: number) =>
        sampleDemand({
          accounts: { [account]: 10_000n },
          expectedTokens: 7,
          rates: [
            { name: 'key:key_1', entry: record.requestId, requests: 5 },
            { name: 'team:search', entry: record.requestId, requests },
          ],
        })
      const hold = sampleHold(record, { accounts: [account] })
      expect(await store.hold(hold, demand(0))).toMatchObject({ kind: 'limited', rate: 1, by: 'requests' })
      expect(await store.accounts([account])).toEqual([{ spent: 0n, held: 0n }])
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
      expect(await store.hold(hold, demand(1))).toMatchObject({
        kind: 'held',
        rates: [
          { requests: 1, tokens: 7 },
          { requests: 1, tokens: 7 },
        ],
      })
    })

    it('are exact over several processes at once', async () => {
      const { store, open } = world()
      const stores = [store, open(), open()]
      const limits = { requests: 50, tokens: 700, concurrency: 40 }
      const asked = await Promise.all(
        Array.from({ length: 200 }, (_, index) => ask(nth(stores, index), { limits, tokens: 15 })),
      )
      expect(asked.filter(({ admission }) => isHeld(admission))).toHaveLength(40)
      await Promise.all(asked.flatMap(({ admission, settle }) => (isHeld(admission) ? [settle(20)] : [])))
      // 800 tokens were really used.
      expect((await ask(store, { limits, tokens: 1 })).admission).toMatchObject({ by: 'tokens' })
      expect((await ask(store, { limits: { requests: 50 }, tokens: 1 })).admission).toMatchObject({
        kind: 'held',
        rates: [{ requests: 41, tokens: 801 }],
      })
    })

    it('do what a slow oracle does, step by step', async () => {
      const { store } = world()
      const limits = { requests: 6, tokens: 100, concurrency: 4 }
      const oracle = new LimitOracle(limits)
      const live: Awaited<ReturnType<typeof ask>>[] = []
      let atMs = 0
      let seed = 20_261_125
      const random = (below: number): number => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
        return Math.floor((seed / 2_147_483_648) * below)
      }
      for (let step = 0; step < 300; step++) {
        atMs += random(9_000)
        const tokens = 1 + random(40)
        const asked = await ask(store, { limits, tokens, atMs })
        const { requestId } = asked.record
        const expected = oracle.ask(requestId, tokens, NOON_MS + atMs)
        if (expected === null) {
          expect(asked.admission.kind).toBe('held')
          live.push(asked)
        } else expect(asked.admission).toMatchObject({ kind: 'limited', ...expected })
        const ended = random(3) === 0 ? live.shift() : undefined
        if (ended === undefined) continue
        if (random(4) === 0) {
          await store.release([ended.record.requestId])
          oracle.forget(ended.record.requestId)
        } else {
          const real = random(60)
          await ended.settle(real)
          oracle.end(ended.record.requestId, real)
        }
      }
    })
  })

  describe('limits of routes', () => {
    it('are left for those of the next route; tokens are counted where they were used', async () => {
      const { store } = world()
      const limits = { requests: 2, tokens: 1_000, concurrency: 1 }
      const first = await ask(store, { limits, tokens: 100, name: 'route:openai' })
      const { requestId } = first.record
      const dispatch = { attempt: sampleAttempt(), baseline: 0, baselineModel: null }
      const moved = await store.redispatch(
        requestId,
        dispatch,
        sampleDemand({ expectedTokens: 70, rates: [route('deepseek', `${requestId}.2`, limits)] }),
      )
      expect(moved).toMatchObject({ kind: 'held', rates: [{ requests: 1, tokens: 70 }] })
      // The place at the first is free, its request still counts.
      expect((await ask(store, { limits, tokens: 5, name: 'route:openai' })).admission).toMatchObject({
        kind: 'held',
        rates: [{ requests: 2, tokens: 105 }],
      })
      expect((await ask(store, { limits, name: 'route:deepseek' })).admission).toMatchObject({
        by: 'concurrency',
      })
      await store.settle(withTokens(first.record, [11, 22]))
      expect((await ask(store, { limits, tokens: 3, name: 'route:deepseek' })).admission).toMatchObject({
        kind: 'held',
        rates: [{ requests: 2, tokens: 25 }],
      })
      expect((await ask(store, { limits: {}, name: 'route:openai' })).admission).toMatchObject({
        rates: [{ requests: 3, tokens: 16 }],
      })
    })

    it('that have no room change nothing; trying the same route again needs no second place', async () => {
      const { store } = world()
      const limits = { requests: 2, concurrency: 1 }
      const { record } = await ask(store, { limits, name: 'route:openai' })
      await ask(store, { limits: {}, name: 'route:deepseek' })
      const { requestId } = record
      const dispatch = { attempt: sampleAttempt({ cost: 5 }), baseline: 0, baselineModel: null }
      const to = (name: string, attempt: number) =>
        store.redispatch(
          requestId,
          dispatch,
          sampleDemand({ rates: [route(name, `${requestId}.${attempt}`, limits)] }),
        )
      expect(await to('deepseek', 2)).toMatchObject({ kind: 'limited', by: 'concurrency' })
      expect(await to('openai', 2)).toMatchObject({ kind: 'held', rates: [{ requests: 2 }] })
      expect(await to('openai', 3)).toMatchObject({ kind: 'limited', by: 'requests' })
      expect((await store.expired(Number.MAX_SAFE_INTEGER, 10)).map((hold) => hold.dispatch)).toContainEqual(
        dispatch,
      )
      await store.release([requestId])
      expect(isHeld((await ask(store, { limits: { concurrency: 1 }, name: 'route:openai' })).admission)).toBe(
        true,
      )
    })

    it('count a request that was held without any, and one that nobody held not at all', async () => {
      const { store } = world()
      const record = sampleRecord({ accounts: [] })
      await store.hold(sampleHold(record, { accounts: [] }))
      const dispatch = { attempt: sampleAttempt({ cost: 5 }), baseline: 0, baselineModel: null }
      const { requestId } = record
      expect(await store.redispatch(requestId, dispatch, onlyPlace(requestId))).toMatchObject({
        kind: 'held',
      })
      expect(await store.redispatch('req_unknown', dispatch, onlyPlace('req_unknown'))).toMatchObject({
        kind: 'held',
      })
      expect(
        (await ask(store, { limits: { concurrency: 1 }, name: 'route:openai' })).admission,
      ).toMatchObject({
        by: 'concurrency',
      })
      await store.settle(withTokens(record, [1, 2]))
      expect(
        (await ask(store, { limits: { concurrency: 1 }, name: 'route:openai' })).admission,
      ).toMatchObject({
        kind: 'held',
        rates: [{ requests: 2, tokens: 2 }],
      })
    })
  })
}
