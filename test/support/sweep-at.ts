// One pass of the sweep over a store, at a given moment: nothing is served any more, and an error is the test's.

import type { LedgerStore } from '../../src/ledger/store.ts'
import { createSweep } from '../../src/ledger/sweep.ts'

/** Gives how many holds were booked. */
export async function sweepAt(store: LedgerStore, nowMs: number): Promise<number> {
  const sweep = createSweep({
    store,
    clock: { now: () => nowMs },
    intervalMs: 60_000,
    mayRun: () => true,
    isServed: () => false,
    onExpired: () => undefined,
    onError: (error) => {
      throw error
    },
  })
  const booked = await sweep.run()
  await sweep.close()
  return booked
}
