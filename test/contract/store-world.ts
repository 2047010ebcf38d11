// What a contract test stands in: an empty place, handles on it, and how it is asked.

import type { RequestRecord } from '../../src/core/request-record.ts'
import type { Settlement, SpendDimension, SpendRow, SpentChange, Store } from '../../src/ledger/store.ts'

/** How one implementation keeps its data. */
export interface StoreHarness {
  /** An empty place, apart from all others. */
  readonly place: () => Promise<StorePlace>
  readonly stop: () => Promise<unknown>
}

export interface StorePlace {
  /** A handle on the place's data, as each process has one of its own. */
  readonly open: (onSpent?: (change: SpentChange) => void) => Store
  /** Ends and starts again whatever keeps the data; every handle has been closed before. */
  readonly restart: () => Promise<void>
}

/** What a test gets: an empty place, and one handle on it. */
export interface StoreWorld {
  readonly store: Store
  /** Another handle; it tells what its settlements spend. */
  readonly open: StorePlace['open']
  /** Closes every handle, restarts what keeps the data, and gives a new handle. */
  readonly restart: () => Promise<Store>
}

export interface OpenWorld extends StoreWorld {
  readonly close: () => Promise<void>
}

export function createWorld(place: StorePlace): OpenWorld {
  const stores = [place.open()]
  const close = async (): Promise<void> => {
    for (const store of stores.splice(0)) await store.close()
  }
  const open: StorePlace['open'] = (onSpent) => {
    const store = place.open(onSpent)
    stores.push(store)
    return store
  }
  const [store] = stores
  if (store === undefined) throw new Error('no handle')
  return {
    store,
    open,
    async restart() {
      await close()
      await place.restart()
      return open()
    },
    close,
  }
}

/** All that was ever booked, as one row; null when there is nothing. */
export async function total(store: Store): Promise<Omit<SpendRow, 'group'> | null> {
  const [row] = await spendBy(store, [])
  if (row === undefined) return null
  const { group: _, ...sums } = row
  return sums
}

export function spendBy(store: Store, groupBy: readonly SpendDimension[]): Promise<readonly SpendRow[]> {
  return store.spend({ fromMs: 0, toMs: Date.UTC(2030, 0), groupBy })
}

export function settleAll(store: Store, records: readonly RequestRecord[]): Promise<readonly Settlement[]> {
  return Promise.all(records.map((record) => store.settle(record)))
}

/** Of several handles, each in its turn. */
export function nth(stores: readonly Store[], index: number): Store {
  const store = stores[index % stores.length]
  if (store === undefined) throw new Error('no handle')
  return store
}
