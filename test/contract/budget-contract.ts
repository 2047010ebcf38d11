// Budgets: no hold beyond a limit, whoever takes it and however many at once; what is held comes back, what is spent stays.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SpentChange, Store } from '../../src/ledger/store.ts'
import { sweepAt } from '../support/sweep-at.ts'
import { BudgetOracle } from './budget-oracle.ts'
import { dayAccount, isHeld, sampleDemand } from './demand-samples.ts'
import { sampleHold, sampleRecord } from './record-samples.ts'
import { nth, type StoreWorld, total } from './store-world.ts'

const TODAY = dayAccount('search')
const TOMORROW = dayAccount('search', 1)

interface Asked {
  readonly amount: number
  readonly limit: bigint | null
  readonly account?: string
  readonly leastAmount?: number
}

/** Asks for a hold against one account; gives the record that settles it at `cost`. */
async function ask(store: Store, { amount, limit, account = TODAY, leastAmount }: Asked) {
  const record = sampleRecord({ accounts: [account], attempts: [{ cost: 1 }] })
  const hold = sampleHold(record, { amount, accounts: [account] })
  const demand = sampleDemand({
    accounts: { [account]: limit },
    leastAmount: leastAmount ?? amount,
  })
  const admission = await store.hold(hold, demand)
  const settleAt = (cost: number) => store.settle(costing(record, cost))
  return { admission, record, hold, settleAt }
}

function costing(record: ReturnType<typeof sampleRecord>, cost: number) {
  const attempts = record.attempts.map((attempt) => ({
    ...attempt,
    cost: { ...attempt.cost, input: cost, total: cost },
  }))
  return { ...record, attempts }
}

async function stateOf(store: Store, account = TODAY) {
  const [state] = await store.accounts([account])
  return state
}

export function describeBudgets(world: () => StoreWorld): void {
  describe('budgets', () => {
    it('hold up to the limit and not a picodollar more, and say what is spent and held', async () => {
      const { store } = world()
      const first = await ask(store, { amount: 60, limit: 100n })
      expect(first.admission).toEqual({ kind: 'held', amount: 60, rates: [] })
      expect((await ask(store, { amount: 41, limit: 100n })).admission).toEqual({
        kind: 'no_room',
        account: 0,
        spent: 0n,
        held: 60n,
      })
      expect(isHeld((await ask(store, { amount: 40, limit: 100n })).admission)).toBe(true)
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 100n })
      await first.settleAt(25)
      expect(await stateOf(store)).toEqual({ spent: 25n, held: 40n })
      expect((await ask(store, { amount: 36, limit: 100n })).admission).toMatchObject({
        spent: 25n,
        held: 40n,
      })
      expect(isHeld((await ask(store, { amount: 35, limit: 100n })).admission)).toBe(true)
      expect(await store.held()).toEqual({ count: 2, amount: 75n })
    })

    it('are exact beyond what a double holds', async () => {
      const { store } = world()
      const limit = 4_000_000_000_000_000_000n
      const amount = 9_007_199_254_740_991
      const full = Number(limit / BigInt(amount))
      await Promise.all(Array.from({ length: full }, () => ask(store, { amount, limit })))
      const left = limit - BigInt(amount) * BigInt(full)
      expect(isHeld((await ask(store, { amount: Number(left) + 1, limit })).admission)).toBe(false)
      expect(isHeld((await ask(store, { amount: Number(left), limit })).admission)).toBe(true)
      expect(await stateOf(store)).toEqual({ spent: 0n, held: limit })
      expect(isHeld((await ask(store, { amount: 1, limit })).admission)).toBe(false)
    })

    it('are taken all at once or not at all', async () => {
      const { store } = world()
      const [org, team, key] = ['org:default:total', TODAY, 'key:key_1:total'] as const
      const record = sampleRecord({ accounts: [org, team, key] })
      const accounts = { [org]: 1_000n, [team]: 100n, [key]: 10n }
      const hold = sampleHold(record, { amount: 50, accounts: record.accounts ?? [] })
      const refused = await store.hold(hold, sampleDemand({ accounts, leastAmount: 50 }))
      expect(refused).toEqual({ kind: 'no_room', account: 2, spent: 0n, held: 0n })
      expect(await store.accounts([org, team, key])).toEqual(
        [org, team, key].map(() => ({ spent: 0n, held: 0n })),
      )
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
      const held = await store.hold(
        hold,
        sampleDemand({ accounts: { ...accounts, [key]: 50n }, leastAmount: 50 }),
      )
      expect(isHeld(held)).toBe(true)
      await store.settle(costing(record, 7))
      expect(await store.accounts([org, team, key])).toEqual(
        [org, team, key].map(() => ({ spent: 7n, held: 0n })),
      )
    })

    it('that are soft count and never refuse', async () => {
      const { store } = world()
      const { settleAt } = await ask(store, { amount: 5_000, limit: null })
      await settleAt(4_000)
      expect(await stateOf(store)).toEqual({ spent: 4_000n, held: 0n })
    })

    it('give the least amount where there is no room for the whole, and remember which it was', async () => {
      const { store } = world()
      const { admission, hold } = await ask(store, { amount: 400, leastAmount: 90, limit: 100n })
      expect(admission).toMatchObject({ kind: 'held', amount: 90 })
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 90n })
      expect(await store.held()).toEqual({ count: 1, amount: 90n })
      expect(await store.expired(hold.leaseUntilMs, 10)).toEqual([{ ...hold, amount: 90 }])
      await store.release([hold.requestId])
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 0n })
    })

    it('of zero refuse everything', async () => {
      const { store } = world()
      expect((await ask(store, { amount: 1, limit: 0n })).admission).toMatchObject({ kind: 'no_room' })
    })

    it('take effect at once when they are raised, and when they are lowered below what is spent', async () => {
      const { store } = world()
      const { settleAt } = await ask(store, { amount: 80, limit: 100n })
      await settleAt(80)
      expect(isHeld((await ask(store, { amount: 1, limit: 50n })).admission)).toBe(false)
      expect(isHeld((await ask(store, { amount: 30, limit: 100n })).admission)).toBe(false)
      expect(isHeld((await ask(store, { amount: 30, limit: 110n })).admission)).toBe(true)
      expect(await stateOf(store)).toEqual({ spent: 80n, held: 30n })
    })

    it('that are reset forget what is spent and keep what is held', async () => {
      const { store } = world()
      const { settleAt } = await ask(store, { amount: 70, limit: 100n })
      await settleAt(60)
      const under = await ask(store, { amount: 40, limit: 100n })
      await store.resetAccounts([TODAY, 'team:unknown:total'])
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 40n })
      expect(isHeld((await ask(store, { amount: 61, limit: 100n })).admission)).toBe(false)
      await under.settleAt(40)
      expect(await stateOf(store)).toEqual({ spent: 40n, held: 0n })
      await store.resetAccounts([])
    })

    it('of another period have an account of their own; a request is booked where it was held', async () => {
      const { store } = world()
      const straddling = await ask(store, { amount: 90, limit: 100n })
      expect(isHeld((await ask(store, { amount: 100, limit: 100n, account: TOMORROW })).admission)).toBe(true)
      await straddling.settleAt(33)
      expect(await store.accounts([TODAY, TOMORROW])).toEqual([
        { spent: 33n, held: 0n },
        { spent: 0n, held: 100n },
      ])
    })

    it('survive a restart of what keeps them', async () => {
      const { store, restart } = world()
      const { settleAt } = await ask(store, { amount: 80, limit: 100n })
      await settleAt(50)
      await ask(store, { amount: 20, limit: 100n })
      const again = await restart()
      expect(await stateOf(again)).toEqual({ spent: 50n, held: 20n })
    })
  })

  describe('ends of holds that budgets count', () => {
    it('are idempotent: settled twice, released, settled by the sweep', async () => {
      const { store } = world()
      const { record, settleAt } = await ask(store, { amount: 80, limit: 100n })
      expect(await Promise.all([settleAt(30), settleAt(30)])).toEqual(['booked', 'repeated'])
      await store.release([record.requestId])
      await store.settle({ ...costing(record, 99), outcome: 'expired' })
      expect(await stateOf(store)).toEqual({ spent: 30n, held: 0n })
    })

    it('give everything back where nothing was sent', async () => {
      const { store } = world()
      const { record } = await ask(store, { amount: 80, limit: 100n })
      await store.release([record.requestId, 'req_unknown'])
      await store.release([record.requestId])
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 0n })
    })

    it('come by the lease where nobody else ends them', async () => {
      const { store } = world()
      const { hold } = await ask(store, { amount: 80, limit: 100n })
      expect(await sweepAt(store, hold.leaseUntilMs + 1)).toBe(1)
      // The attempt that was sent is booked as it was expected.
      expect(await stateOf(store)).toEqual({ spent: 1n, held: 0n })
      expect(isHeld((await ask(store, { amount: 99, limit: 100n })).admission)).toBe(true)
    })

    it('replace an estimate of the sweep in the account that had it, also after a reset', async () => {
      const { store } = world()
      const first = await ask(store, { amount: 80, limit: 100n })
      await store.settle({ ...costing(first.record, 50), outcome: 'expired' })
      expect(await first.settleAt(20)).toBe('corrected')
      expect(await stateOf(store)).toEqual({ spent: 20n, held: 0n })
      const second = await ask(store, { amount: 80, limit: 100n })
      await store.settle({ ...costing(second.record, 50), outcome: 'expired' })
      await store.resetAccounts([TODAY])
      expect(await second.settleAt(10)).toBe('corrected')
      // What a reset forgot is not given back a second time.
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 0n })
      expect(isHeld((await ask(store, { amount: 101, limit: 100n })).admission)).toBe(false)
    })

    it('count a request that was never held: the store was away', async () => {
      const { store } = world()
      await store.settle(costing(sampleRecord({ accounts: [TODAY] }), 44))
      expect(await stateOf(store)).toEqual({ spent: 44n, held: 0n })
      expect(isHeld((await ask(store, { amount: 57, limit: 100n })).admission)).toBe(false)
      expect(isHeld((await ask(store, { amount: 56, limit: 100n })).admission)).toBe(true)
    })

    it('tell what each account has spent before and after, without a gap', async () => {
      const told: SpentChange[] = []
      const { open } = world()
      const store = open((change) => told.push(change))
      const asked = await Promise.all([10, 20, 30].map((amount) => ask(store, { amount, limit: 100n })))
      for (const [index, { settleAt }] of asked.entries()) await settleAt(index + 1)
      await asked[0]?.settleAt(1)
      await expect.poll(() => told.length).toBe(3)
      expect(told).toEqual([
        { account: TODAY, before: 0n, after: 1n },
        { account: TODAY, before: 1n, after: 3n },
        { account: TODAY, before: 3n, after: 6n },
      ])
    })
  })

  describe('budgets under load', () => {
    it('are never exceeded, and used up to less than one hold', async () => {
      const { store, open } = world()
      const stores = [store, open(), open()]
      const limit = 10_000n
      const asked = await Promise.all(
        Array.from({ length: 400 }, (_, index) => ask(nth(stores, index), { amount: 77, limit })),
      )
      const held = asked.filter(({ admission }) => isHeld(admission))
      expect(held).toHaveLength(Math.floor(10_000 / 77))
      expect(await stateOf(store)).toEqual({ spent: 0n, held: 9_933n })
      // Some end while others still come.
      const more = await Promise.all([
        ...held.slice(0, 60).map(async ({ settleAt }, index) => {
          await settleAt(index)
          return null
        }),
        ...Array.from({ length: 200 }, (_, index) => ask(nth(stores, index), { amount: 77, limit })),
      ])
      const { spent = 0n, held: stillHeld = 0n } = (await stateOf(store)) ?? {}
      expect(spent).toBe(1_770n)
      expect(spent + stillHeld).toBeLessThanOrEqual(limit)
      const late = more.flatMap((one) => (one !== null && isHeld(one.admission) ? [one] : []))
      await Promise.all([...held.slice(60), ...late].map(({ settleAt }) => settleAt(1)))
      expect(await stateOf(store)).toEqual({
        spent: 1_770n + BigInt(held.length - 60 + late.length),
        held: 0n,
      })
      // Everything has ended: the room that is left is there to the last picodollar.
      const left = Number(limit) - 1_770 - (held.length - 60 + late.length)
      expect(isHeld((await ask(store, { amount: left + 1, limit })).admission)).toBe(false)
      expect(isHeld((await ask(store, { amount: left, limit })).admission)).toBe(true)
    })

    it('roll over while requests come and end', async () => {
      const { store, open } = world()
      const stores = [store, open()]
      const days = [0, 1, 2].map((day) => dayAccount('busy', day))
      const limit = 1_000n
      const spentBy = new Map(days.map((day) => [day, 0n]))
      await Promise.all(
        Array.from({ length: 300 }, async (_, index) => {
          const account = days[Math.floor(index / 100)] ?? ''
          const one = await ask(nth(stores, index), { amount: 30, limit, account })
          if (!isHeld(one.admission)) return
          const cost = (index * 7) % 30
          spentBy.set(account, (spentBy.get(account) ?? 0n) + BigInt(cost))
          await one.settleAt(cost)
        }),
      )
      const states = await store.accounts(days)
      expect(states).toEqual(days.map((day) => ({ spent: spentBy.get(day), held: 0n })))
      for (const { spent } of states) expect(spent).toBeLessThanOrEqual(limit)
      const all = await total(store)
      expect(all?.cost).toBe(states.reduce((sum, { spent }) => sum + spent, 0n))
    })

    it('stay exact while they are lowered, raised and reset', async () => {
      const { store, open } = world()
      const stores = [store, open()]
      const limits = [500n, 100n, 2_000n, 0n, 800n]
      let forgotten = 0n
      let spent = 0n
      for (const [round, limit] of limits.entries()) {
        const asked = await Promise.all(
          Array.from({ length: 40 }, (_, index) => ask(nth(stores, index), { amount: 25, limit })),
        )
        const held = asked.filter(({ admission }) => isHeld(admission))
        const before = spent - forgotten
        const room = limit > before ? Number((limit - before) / 25n) : 0
        expect(held).toHaveLength(Math.min(40, room))
        await Promise.all(held.map(({ settleAt }) => settleAt(9 + round)))
        spent += BigInt(held.length * (9 + round))
        if (round === 2) {
          await store.resetAccounts([TODAY])
          forgotten = spent
        }
      }
      expect(await stateOf(store)).toEqual({ spent: spent - forgotten, held: 0n })
    })
  })

  it('budgets do what a slow oracle does, whatever comes in whatever order', async () => {
    const { store, open } = world()
    const stores = [store, open()]
    let places = 0
    const step = fc.record({
      kind: fc.constantFrom('hold', 'hold', 'hold', 'settle', 'settle', 'release', 'again', 'reset'),
      amount: fc.integer({ min: 0, max: 400 }),
      least: fc.integer({ min: 0, max: 100 }),
      limit: fc.option(fc.bigInt({ min: 0n, max: 1_500n }), { freq: 8 }),
      cost: fc.integer({ min: 0, max: 450 }),
      which: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const account = `team:oracle-${places++}:total`
        const oracle = new BudgetOracle()
        const live: { id: string; settleAt: (cost: number) => Promise<unknown> }[] = []
        const ended: ((cost: number) => Promise<unknown>)[] = []
        for (const [index, { kind, amount, least, limit, cost, which }] of steps.entries()) {
          const at = live.length === 0 ? undefined : which % live.length
          if (kind === 'hold') {
            const leastAmount = Math.min(least, amount)
            const asked = await ask(nth(stores, index), { amount, limit, account, leastAmount })
            const id = asked.record.requestId
            const expected = oracle.hold(id, { amount, least: leastAmount, limit })
            expect(asked.admission.kind === 'held' ? asked.admission.amount : null).toBe(expected)
            if (expected !== null) live.push({ id, settleAt: asked.settleAt })
          } else if (kind === 'reset') {
            await nth(stores, index).resetAccounts([account])
            oracle.reset()
          } else if (kind === 'again') {
            // Said again, to another handle's ears too: nothing changes.
            await ended[0]?.(cost)
          } else if (at !== undefined) {
            const [one] = live.splice(at, 1)
            if (one === undefined) continue
            if (kind === 'settle') {
              await one.settleAt(cost)
              ended.unshift(one.settleAt)
            } else await nth(stores, index).release([one.id])
            oracle.end(one.id, kind === 'settle' ? cost : 0)
          }
        }
        expect(await store.accounts([account])).toEqual([{ spent: oracle.spent, held: oracle.held }])
      }),
      { numRuns: 40 },
    )
  })

  describe('policies that were set by hand', () => {
    it('are kept by name, and every change makes older demands stale', async () => {
      const { store, open } = world()
      const other = open()
      expect(await store.policies()).toEqual({ version: 0, documents: new Map() })
      await store.putPolicy('team:search', '{"a":1}')
      await other.putPolicy('org:default', '{}')
      await store.putPolicy('team:search', '{"a":2}')
      expect(await other.policies()).toEqual({
        version: 3,
        documents: new Map([
          ['org:default', '{}'],
          ['team:search', '{"a":2}'],
        ]),
      })
      const record = sampleRecord({ accounts: [TODAY] })
      const hold = sampleHold(record, { accounts: [TODAY] })
      const demand = { accounts: { [TODAY]: null } }
      expect(await other.hold(hold, sampleDemand({ ...demand, policyVersion: 2 }))).toEqual({ kind: 'stale' })
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
      expect(isHeld(await other.hold(hold, sampleDemand({ ...demand, policyVersion: 3 })))).toBe(true)
      await store.putPolicy('org:default', null)
      await store.putPolicy('org:default', null)
      expect(await other.policies()).toEqual({ version: 5, documents: new Map([['team:search', '{"a":2}']]) })
    })
  })
}
