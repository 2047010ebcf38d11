// Looks at the hard budgets all the time: what is spent and held may exceed none of them at any moment.

import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../src/ledger/store.ts'
import { limitOf, type Stage } from './stage.ts'

export interface LimitWatch {
  /** The most by which a limit was exceeded, picodollars. */
  stop(): Promise<bigint>
}

const EVERY_MS = 100
const SOME_DAY_MS = 86_400_000

export function watchLimits(stage: Stage, tightUsd: number): LimitWatch {
  let worst = 0n
  const ending = new AbortController()
  const look = async (store: Store | null): Promise<void> => {
    if (store === null) return
    const { records } = await store.requests({ limit: 50, fromMs: Date.now() - SOME_DAY_MS })
    const ids = [...new Set(records.flatMap(({ accounts }) => accounts ?? []))]
    for (const [index, { spent, held }] of (await store.accounts(ids)).entries()) {
      const limit = limitOf(stage, ids[index] ?? '', tightUsd)
      if (limit !== null && spent + held - limit > worst) worst = spent + held - limit
    }
  }
  const watching = (async () => {
    while (!ending.signal.aborted) {
      // A new handle each time: where the primary is changes. The store is away now and then, as it should be.
      const store = await stage.site.open().catch(() => null)
      await look(store).catch(() => undefined)
      await store?.close().catch(() => undefined)
      await delay(EVERY_MS)
    }
  })()
  return {
    async stop() {
      ending.abort()
      await watching.catch(() => undefined)
      return worst
    },
  }
}
