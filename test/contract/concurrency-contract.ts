// Several processes at once, and the end of a handle.

import { expect, it } from 'vitest'
import { StoreUnavailableError } from '../../src/ledger/store.ts'
import { sampleHold, sampleRecord } from './record-samples.ts'
import { nth, type StoreWorld, total } from './store-world.ts'

const PAIRS = 2_000

export function describeConcurrency(world: () => StoreWorld): void {
  it(`two handles are exact under ${PAIRS} holds and settlements at once`, async () => {
    const { store, open } = world()
    const stores = [store, open()]
    let cost = 0n
    await Promise.all(
      Array.from({ length: PAIRS }, async (_, index) => {
        const record = sampleRecord({ attempts: [{ cost: 1 + index }] })
        cost += BigInt(1 + index)
        const holder = nth(stores, index)
        await holder.hold(sampleHold(record))
        await nth(stores, index >> 1).settle(record)
        // Every tenth is said again, by the other one.
        if (index % 10 === 0) await holder.settle(record)
      }),
    )
    expect(await total(store)).toMatchObject({ requests: PAIRS, attempts: PAIRS, cost })
    expect(await store.held()).toEqual({ count: 0, amount: 0n })
  })

  it('a settlement never overtakes its own hold', async () => {
    const { store } = world()
    await Promise.all(
      Array.from({ length: 100 }, () => {
        const record = sampleRecord()
        return Promise.all([store.hold(sampleHold(record)), store.settle(record)])
      }),
    )
    expect(await store.held()).toEqual({ count: 0, amount: 0n })
    expect(await total(store)).toMatchObject({ requests: 100 })
  })

  it('answers a ping, and after its end says that it is away', async () => {
    const { open } = world()
    const store = open()
    await store.ping()
    await store.close()
    await store.close()
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError)
    await expect(store.settle(sampleRecord())).rejects.toThrow(StoreUnavailableError)
    await expect(store.hold(sampleHold(sampleRecord()))).rejects.toThrow(StoreUnavailableError)
    await expect(store.held()).rejects.toThrow(StoreUnavailableError)
  })
}
