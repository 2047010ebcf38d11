// Holds of requests that nobody serves any more, on the embedded store: booked once, whole, and never those of the living.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RequestRecord, requestCost } from '../../../src/core/request-record.ts'
import { createEmbeddedStore } from '../../../src/ledger/embedded/embedded-store.ts'
import { createLeases } from '../../../src/ledger/leases.ts'
import { type Store, StoreUnavailableError } from '../../../src/ledger/store.ts'
import { createSweep, type Sweep, type SweepOptions } from '../../../src/ledger/sweep.ts'
import { NOON_MS, sampleAttempt, sampleHold, sampleRecord } from '../../contract/record-samples.ts'
import { total } from '../../contract/store-world.ts'

const clock = { nowMs: NOON_MS, now: () => clock.nowMs }
let directory: string
let store: Store
let told: RequestRecord[]
let errors: unknown[]
let sweeps: Sweep[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-sweep-'))
  store = createEmbeddedStore({ directory })
  clock.nowMs = NOON_MS
  told = []
  errors = []
  sweeps = []
})
afterEach(async () => {
  for (const sweep of sweeps) await sweep.close()
  await store.close()
  await rm(directory, { recursive: true, force: true })
})

function start(given: Partial<SweepOptions> = {}): Sweep {
  const sweep = createSweep({
    store,
    clock,
    intervalMs: 60_000,
    mayRun: () => true,
    isServed: () => false,
    onExpired: (record) => told.push(record),
    onError: (error) => errors.push(error),
    ...given,
  })
  sweeps.push(sweep)
  return sweep
}

describe('a sweep', () => {
  it('books what had been sent as an estimate, and gives the hold back', async () => {
    const record = sampleRecord({ team: 'blue', tags: { feature: 'x' }, attempts: [{ cost: 700 }] })
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true }
    const hold = sampleHold(record, { trace })
    await store.hold(hold)
    const sweep = start()
    expect(await sweep.run()).toBe(0)
    clock.nowMs = hold.leaseUntilMs
    expect(await sweep.run()).toBe(1)
    expect(await sweep.run()).toBe(0)
    expect(await store.held()).toEqual({ count: 0, amount: 0n })
    expect(await store.request(record.requestId)).toMatchObject({
      outcome: 'expired',
      status: 500,
      team: 'blue',
      tags: { feature: 'x' },
      trace,
      startedAtMs: hold.heldAtMs,
      endedAtMs: clock.nowMs,
      baseline: hold.dispatch.baseline,
      attempts: [{ outcome: 'expired', source: 'estimated', endedAtMs: clock.nowMs }],
    })
    expect(await total(store)).toMatchObject({ requests: 1, attempts: 1, cost: 700n, estimated: 700n })
    expect(told).toHaveLength(1)
  })

  it('books the attempts that had ended before, as they ended', async () => {
    const record = sampleRecord()
    await store.hold(sampleHold(record))
    const earlier = [
      sampleAttempt({ attemptId: 'a.1', outcome: 'timeout', source: 'estimated', cost: 30 }),
      sampleAttempt({ attemptId: 'a.2', outcome: 'malformed', source: 'provider', cost: 500 }),
    ]
    await store.redispatch(record.requestId, {
      attempt: sampleAttempt({ attemptId: 'a.3', provider: 'deepseek', model: 'deepseek-v4', cost: 8_000 }),
      baseline: 40,
      baselineModel: 'openai/gpt-4o',
      earlier,
    })
    clock.nowMs += 60_000
    await start().run()
    const booked = await store.request(record.requestId)
    expect(booked?.attempts.slice(0, 2)).toEqual(earlier)
    expect(booked?.attempts[2]).toMatchObject({ attemptId: 'a.3', outcome: 'expired', source: 'estimated' })
    expect(await total(store)).toMatchObject({
      requests: 1,
      attempts: 3,
      cost: 8_530n,
      estimated: 8_030n,
      baseline: 40n,
    })
  })

  it('takes all that there is in one pass', async () => {
    await Promise.all(Array.from({ length: 250 }, () => store.hold(sampleHold(sampleRecord()))))
    clock.nowMs += 60_000
    expect(await start().run()).toBe(250)
    expect(await store.held()).toEqual({ count: 0, amount: 0n })
    expect(new Set(told.map(({ requestId }) => requestId)).size).toBe(250)
  })

  it('of several processes at once counts each hold once', async () => {
    const other = createEmbeddedStore({ directory })
    try {
      await Promise.all(Array.from({ length: 150 }, () => store.hold(sampleHold(sampleRecord()))))
      clock.nowMs += 60_000
      await Promise.all([start().run(), start({ store: other }).run()])
    } finally {
      await other.close()
    }
    expect(told).toHaveLength(150)
    expect(await total(store)).toMatchObject({ requests: 150, cost: 150_000n })
    expect(await store.held()).toEqual({ count: 0, amount: 0n })
  })

  it('leaves what its own process serves, however late the renewal is', async () => {
    const served = sampleRecord()
    await store.hold(sampleHold(served))
    await store.hold(sampleHold(sampleRecord()))
    clock.nowMs += 60_000
    expect(await start({ isServed: (requestId) => requestId === served.requestId }).run()).toBe(1)
    expect(await store.held()).toEqual({ count: 1, amount: 2_000n })
  })

  it('does not tell of a hold whose request has ended after all', async () => {
    const record = sampleRecord({ attempts: [{ cost: 5 }] })
    await store.hold(sampleHold(record))
    clock.nowMs += 60_000
    const holds = await store.expired(clock.nowMs, 10)
    await store.settle(record)
    // As another process sees it that had read the hold before.
    const late = start({
      store: { ...store, expired: async () => holds },
    })
    await late.run()
    expect(told).toEqual([])
    expect(await total(store)).toMatchObject({ requests: 1, cost: 5n, estimated: 0n })
  })

  it('gives way to the real end when it comes late', async () => {
    const record = sampleRecord({ attempts: [{ cost: 5 }, { cost: 6 }] })
    await store.hold(sampleHold(record))
    clock.nowMs += 60_000
    await start().run()
    expect(await store.settle(record)).toBe('corrected')
    expect(await total(store)).toMatchObject({ requests: 1, attempts: 2, cost: 11n, estimated: 0n })
    expect((await store.request(record.requestId))?.estimateReplaced?.cost).toBe(
      told.reduce((sum, estimate) => sum + requestCost(estimate), 0),
    )
  })

  it.each([
    ['is booked all the same', false],
    ['is booked, and gives way before the next pass', true],
  ])('tells at the next pass of what nobody heard and %s', async (_, isCorrected) => {
    const record = sampleRecord({ attempts: [{ cost: 5 }] })
    const lost = sampleRecord()
    await store.hold(sampleHold(record))
    await store.hold(sampleHold(lost))
    clock.nowMs += 60_000
    let isDeaf = true
    const sweep = start({
      store: {
        ...store,
        async settle(estimate) {
          if (isDeaf && estimate.requestId === lost.requestId) throw new StoreUnavailableError('never came')
          const settlement = await store.settle(estimate)
          if (isDeaf) throw new StoreUnavailableError('no answer')
          return settlement
        },
      },
    })
    expect(await sweep.run()).toBe(0)
    expect([told, errors.length]).toEqual([[], 2])
    if (isCorrected) await store.settle(record)
    isDeaf = false
    clock.nowMs += 1_000
    await sweep.run()
    await sweep.run()
    expect(told.map(({ requestId, endedAtMs }) => [requestId, endedAtMs])).toEqual([
      [record.requestId, NOON_MS + 60_000],
      [lost.requestId, NOON_MS + 61_000],
    ])
  })

  it('reports a hold that cannot be booked, and books the others', async () => {
    const bad = sampleRecord()
    await store.hold(sampleHold(bad))
    await store.hold(sampleHold(sampleRecord()))
    clock.nowMs += 60_000
    const sweep = start({
      store: {
        ...store,
        settle: async (record) => {
          if (record.requestId === bad.requestId) throw new RangeError('out of range')
          return store.settle(record)
        },
      },
    })
    expect(await sweep.run()).toBe(1)
    expect(errors).toEqual([new RangeError('out of range')])
  })

  it('waits for its turn, and for the pass that is under way when it ends', async () => {
    await store.hold(sampleHold(sampleRecord()))
    clock.nowMs += 60_000
    let mayRun = false
    const sweep = start({ intervalMs: 5, mayRun: () => mayRun })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told).toEqual([])
    mayRun = true
    await expect.poll(() => told.length).toBe(1)
    const pass = sweep.run()
    await sweep.close()
    expect(await pass).toBe(0)
  })
})

describe('leases', () => {
  it('are renewed as long as the request is served', async () => {
    const record = sampleRecord()
    const hold = sampleHold(record, { leaseUntilMs: NOON_MS + 60 })
    await store.hold(hold)
    const leases = createLeases({ store, clock, leaseMs: 60 })
    leases.track(record.requestId)
    expect(leases.isTracked(record.requestId)).toBe(true)
    try {
      clock.nowMs += 1_000
      await expect.poll(() => store.expired(clock.nowMs, 10)).toEqual([])
      leases.release(record.requestId)
      clock.nowMs += 1_000
      await new Promise((resolve) => setTimeout(resolve, 60))
      expect(await store.expired(clock.nowMs, 10)).toHaveLength(1)
    } finally {
      leases.close()
    }
  })
})
