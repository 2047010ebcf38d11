// The store goes away: cut off, silent, or full. What is settled meanwhile is booked afterwards, once, and no hold stays.

import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import { createSpooledStore, type SpoolEvent, type SpooledStore } from '../../src/ledger/spooled-store.ts'
import { type Store, StoreUnavailableError } from '../../src/ledger/store.ts'
import { dayAccount, sampleDemand } from '../contract/demand-samples.ts'
import { expiredRecord, sampleAttempt, sampleHold, sampleRecord } from '../contract/record-samples.ts'
import { settleAll, total } from '../contract/store-world.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { createRedisProcess } from '../support/redis-process.ts'
import { sweepAt } from '../support/sweep-at.ts'

const TIMEOUT_MS = 300
const LEASE_MS = 60_000

let server: RedisServer
let directory: string
let namespace: string
let events: SpoolEvent[]
let stores: Store[]
let count = 0
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-outage-'))
  namespace = `outage-${++count}`
  events = []
  stores = []
})
afterEach(async () => {
  await server.resume()
  for (const store of stores) await store.close()
  await rm(directory, { recursive: true, force: true })
})

function openShared(): Store {
  const store = createRedisStore({ url: server.url, namespace, commandTimeoutMs: TIMEOUT_MS })
  stores.push(store)
  return store
}

async function open({
  maxBytes = 1_000_000,
  pingEveryMs = 200,
  clock = systemClock,
  url = server.url,
} = {}): Promise<SpooledStore> {
  const store = await createSpooledStore({
    store: createRedisStore({ url, namespace, commandTimeoutMs: TIMEOUT_MS }),
    directory,
    maxBytes,
    pingEveryMs,
    clock,
    leaseUntilMs: () => clock.now() + LEASE_MS,
    onEvent: (event) => events.push(event),
  })
  stores.push(store)
  return store
}

const kinds = (): readonly string[] => events.map(({ kind }) => kind)

async function booked(store: SpooledStore): Promise<void> {
  await expect.poll(() => store.status(), { timeout: 5_000 }).toMatchObject({ isStoreUp: true, pending: 0 })
}

describe('a store that is cut off', () => {
  it('has afterwards what was settled meanwhile, once', async () => {
    const store = await open()
    const before = sampleRecord({ attempts: [{ cost: 1 }] })
    expect(await store.settle(before)).toBe('booked')
    await server.cut()

    const meanwhile = Array.from({ length: 300 }, (_, index) =>
      sampleRecord({ attempts: [{ cost: 10 + index }] }),
    )
    const settled = await settleAll(store, meanwhile)
    expect(new Set(settled)).toEqual(new Set(['spooled']))
    expect(await store.settle(before)).toBe('spooled')
    expect(store.status()).toMatchObject({ isStoreUp: false, pending: 301 })

    await server.resume()
    await booked(store)
    expect(await total(store)).toMatchObject({ requests: 301, cost: BigInt(1 + 300 * 10 + (299 * 300) / 2) })
    expect(await store.request(meanwhile[7]?.requestId ?? '')).toEqual(meanwhile[7])
    expect(await readdir(directory)).toEqual([])
    // On a slow machine it may be lost once more while it catches up.
    expect([...new Set(kinds())]).toEqual(['store_lost', 'store_back', 'replayed'])
    expect(store.status().upSinceMs).toBeGreaterThan(0)
    expect(await store.settle(sampleRecord())).toBe('booked')
  })

  it('is not waited for twice', async () => {
    const store = await open()
    await server.cut()
    await expect(store.hold(sampleHold(sampleRecord()))).rejects.toThrow(StoreUnavailableError)
    const startedAt = performance.now()
    for (let index = 0; index < 50; index++)
      await expect(store.hold(sampleHold(sampleRecord()))).rejects.toThrow(StoreUnavailableError)
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS)
  })

  it('gets from the next process what this one could not book any more', async () => {
    const store = await open()
    await server.cut()
    const settling = settleAll(store, [sampleRecord({ attempts: [{ cost: 40 }] }), sampleRecord()])
    await store.close()
    expect(await settling).toEqual(['spooled', 'spooled'])
    expect(await store.settle(sampleRecord({ attempts: [{ cost: 2 }] }))).toBe('spooled')

    const away = await open()
    expect(away.status()).toMatchObject({ isStoreUp: false, pending: 3 })
    await server.resume()
    await booked(away)
    expect(await total(away)).toMatchObject({ requests: 3, cost: 1_042n })
  })

  it('keeps in memory what the disk does not take, says so, and books all of it', async () => {
    const store = await open({ maxBytes: 5_000 })
    await server.cut()
    const settling = Promise.all(Array.from({ length: 20 }, () => store.settle(sampleRecord())))
    await expect.poll(kinds).toContain('stuck')
    await expect(store.keepHold(sampleHold(sampleRecord()))).rejects.toThrow('spool_max_bytes')
    await server.resume()
    expect(new Set(await settling)).toEqual(new Set(['spooled', 'booked']))
    await booked(store)
    expect(await total(store)).toMatchObject({ requests: 20 })
  })

  it('is told of what neither took when the process ends', async () => {
    const store = await open({ maxBytes: 100 })
    await server.cut()
    expect(await store.settle(sampleRecord())).toBe('spooled')
    const settling = store.settle(sampleRecord())
    await expect.poll(kinds).toContain('stuck')
    await Promise.all([expect(settling).rejects.toThrow(StoreUnavailableError), store.close()])
  })

  it('books what was sent meanwhile by a process that died, as it was to be', async () => {
    const store = await open()
    await server.cut()
    const [lost, ended] = [sampleRecord({ attempts: [{ cost: 70 }] }), sampleRecord()]
    for (const record of [lost, ended]) await store.keepHold(sampleHold(record))
    const dispatch = { attempt: sampleAttempt({ cost: 90 }), baseline: 5, baselineModel: null }
    expect(await store.redispatch(lost.requestId, dispatch)).toMatchObject({ kind: 'held' })
    expect(await store.settle(ended)).toBe('spooled')
    await store.close()

    await server.resume()
    const next = await open()
    await booked(next)
    expect(await next.held()).toMatchObject({ count: 1 })
    expect(await sweepAt(next, Number.MAX_SAFE_INTEGER)).toBe(1)
    expect(await next.request(lost.requestId)).toMatchObject({
      outcome: 'expired',
      attempts: [{ source: 'estimated', cost: { total: 90 } }],
    })
    expect(await total(next)).toMatchObject({ requests: 2, cost: 1_090n })
    expect(await next.held()).toEqual({ count: 0, amount: 0n })
  })

  it('leaves as it is a hold that budgets count, though it did not say so', async () => {
    const store = await open()
    const account = dayAccount('search')
    const record = sampleRecord({ accounts: [account], attempts: [{ cost: 30 }] })
    const hold = sampleHold(record, { amount: 500, accounts: [account] })
    const demand = sampleDemand({ accounts: { [account]: 1_000n }, leastAmount: 200 })
    await store.hold({ ...hold, amount: 5_000 }, demand)
    await server.cut()
    await store.keepHold(hold)
    await server.resume()
    await booked(store)
    expect(await store.accounts([account])).toEqual([{ spent: 0n, held: 200n }])
    await store.settle(record)
    await booked(store)
    expect(await store.accounts([account])).toEqual([{ spent: 30n, held: 0n }])
    expect(await store.held()).toEqual({ count: 0, amount: 0n })
  })

  it('had booked an estimate: the real end replaces it out of the spool, and is told', async () => {
    const store = await open({ pingEveryMs: 60_000 })
    const real = sampleRecord({ attempts: [{ cost: 30 }], baseline: 90 })
    await store.hold(sampleHold(real))
    await server.cut()
    expect(await store.settle(real)).toBe('spooled')
    await server.resume()
    // The sweep of another process, before this one knows that the store is back.
    const estimate = expiredRecord(real, { cost: 4_000 })
    expect(await openShared().settle(estimate)).toBe('booked')
    await expect.poll(() => isThere(store), { timeout: 5_000 }).toBe(true)
    expect(events).toContainEqual({
      kind: 'corrected',
      record: {
        ...real,
        estimateReplaced: { cost: 4_000, baseline: estimate.baseline, endedAtMs: estimate.endedAtMs },
      },
    })
    expect(await total(store)).toMatchObject({
      requests: 1,
      attempts: 1,
      cost: 30n,
      baseline: 90n,
      estimated: 0n,
    })
  })
})

describe('a store that does not answer', () => {
  it('has replaced an estimate all the same: it is told when it is known, once', async () => {
    const store = await open()
    const real = sampleRecord({ attempts: [{ cost: 30 }], baseline: 90 })
    await openShared().settle(expiredRecord(real, { cost: 4_000 }))
    server.stall()
    expect(await store.settle(real)).toBe('spooled')
    await server.resume()
    await booked(store)
    expect(await total(store)).toMatchObject({ requests: 1, cost: 30n, estimated: 0n })
    const told = events.filter(({ kind }) => kind === 'corrected')
    expect(told).toEqual([
      { kind: 'corrected', record: expect.objectContaining({ requestId: real.requestId, baseline: 90 }) },
    ])
    // What is told again later corrects nothing more.
    expect(await store.settle(real)).toBe('repeated')
    expect(events.filter(({ kind }) => kind === 'corrected')).toEqual(told)
  })

  it('counts once what it had received all the same', async () => {
    const store = await open()
    server.stall()
    const records = Array.from({ length: 20 }, () => sampleRecord())
    expect(new Set(await settleAll(store, records))).toEqual(new Set(['spooled']))
    await server.resume()
    await booked(store)
    expect(await total(store)).toMatchObject({ requests: 20, attempts: 20, cost: 20_000n })
  })

  it('keeps no hold of a request that was refused for its silence', async () => {
    const store = await open()
    server.stall()
    const hold = sampleHold(sampleRecord())
    await expect(store.hold(hold)).rejects.toThrow(/did not answer within 300 ms/)
    await store.release([hold.requestId])
    await server.resume()
    await booked(store)
    await expect.poll(() => store.held()).toEqual({ count: 0, amount: 0n })
    expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
    expect(await total(store)).toBeNull()
  })

  it('keeps no such hold either that arrives behind its release', async () => {
    const clock = { lateMs: 0, now: () => systemClock.now() + clock.lateMs }
    const store = await open({ clock })
    server.stall()
    const hold = sampleHold(sampleRecord())
    await expect(store.hold(hold)).rejects.toThrow(/did not answer/)
    await store.release([hold.requestId])
    await server.resume()
    await booked(store)
    // On another connection than the release, which was quicker.
    await openShared().hold(hold)
    expect(await store.held()).toMatchObject({ count: 1 })
    clock.lateMs = 10_000
    await expect.poll(() => store.held(), { timeout: 5_000 }).toEqual({ count: 0, amount: 0n })
  })
})

describe('a server that forgets what it had acknowledged', () => {
  it('is told of it again, and counts it once', async () => {
    const forgetful = await createRedisProcess(['--appendonly', 'no'])
    await forgetful.start()
    const url = `redis://127.0.0.1:${forgetful.port}`
    const store = await open({ url })
    const records = Array.from({ length: 30 }, () => sampleRecord())
    await settleAll(store, records)
    await forgetful.kill()
    await forgetful.start()
    await expect.poll(kinds, { timeout: 10_000 }).toContain('restored')
    expect(events).toContainEqual({ kind: 'restored', settlements: 30 })
    expect(await total(store)).toMatchObject({ requests: 30, cost: 30_000n })
    await store.close()
    await forgetful.stop()
  })
})

describe('a connection that never ends an answer', () => {
  it('is left for a new one', async () => {
    const dribbler = await startDribbler(new URL(server.url))
    const store = createRedisStore({
      url: dribbler.url,
      namespace,
      commandTimeoutMs: TIMEOUT_MS,
    })
    try {
      await store.ping()
      dribbler.dribble()
      await expect(store.ping()).rejects.toThrow(/did not answer within 300 ms/)
      await expect.poll(() => isThere(store), { timeout: 10_000 }).toBe(true)
      expect(dribbler.connections).toBe(2)
    } finally {
      await store.close()
      await dribbler.close()
    }
  })
})

/** Passes bytes between its clients and a server, until the first client is given a byte now and then and no more. */
async function startDribbler(target: URL) {
  const joined: { readonly client: Socket; readonly upstream: Socket }[] = []
  let timer: NodeJS.Timeout | undefined
  const proxy = createServer((client) => {
    const upstream = connect({ host: target.hostname, port: Number(target.port) })
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
    client.pipe(upstream)
    upstream.pipe(client)
    client.once('close', () => upstream.destroy())
    joined.push({ client, upstream })
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const address = proxy.address()
  const url = new URL(target)
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return {
    url: url.href,
    dribble() {
      const { client, upstream } = joined[0] ?? {}
      upstream?.unpipe()
      client?.write('$100000\r\n')
      timer = setInterval(() => client?.write('x'), 100)
    },
    get connections() {
      return joined.length
    },
    async close() {
      clearInterval(timer)
      proxy.close()
      await once(proxy, 'close')
    },
  }
}

async function isThere(store: Store): Promise<boolean> {
  try {
    await store.ping()
    return true
  } catch {
    return false
  }
}

describe('a store that is restarted', () => {
  it('knows its scripts again, and everything that it had acknowledged', async () => {
    const store = await open()
    const held = sampleHold(sampleRecord())
    await store.hold(held)
    await settleAll(
      store,
      Array.from({ length: 10 }, () => sampleRecord()),
    )
    await server.restart()
    let sent = 0
    await expect
      .poll(
        () => {
          sent++
          return store.settle(sampleRecord())
        },
        { timeout: 5_000 },
      )
      .toBe('booked')
    await booked(store)
    expect(await total(store)).toMatchObject({ requests: 10 + sent })
    expect(await store.held()).toEqual({ count: 1, amount: BigInt(held.amount) })
  })
})
