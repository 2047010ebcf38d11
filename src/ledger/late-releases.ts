// Holds that a store did not answer to, of requests that were refused for it. It may have taken them, or take them yet: what
// was on its way when it stood still is done when it goes on, and may come behind the release that went another way.

import type { Clock } from '../core/clock.ts'
import type { LedgerStore } from './store.ts'

export interface LateReleases {
  add(requestIds: readonly string[]): void
  /** To be called now and then while the store is there. */
  release(): Promise<void>
}

/** More would be more than a minute of refusals at any speed: the sweep takes care of what is beyond. */
const MOST = 100_000
/** What was on its way has long arrived by then. */
const AGAIN_AFTER_MS = 5_000

export function createLateReleases(store: Pick<LedgerStore, 'release'>, clock: Clock): LateReleases {
  /** When each was released first; null: not yet. */
  const refused = new Map<string, number | null>()
  return {
    add(requestIds) {
      for (const requestId of requestIds) if (refused.size < MOST) refused.set(requestId, null)
    },
    async release() {
      const nowMs = clock.now()
      const due = [...refused].filter(([, atMs]) => atMs === null || nowMs - atMs >= AGAIN_AFTER_MS)
      if (due.length === 0) return
      await store.release(due.map(([requestId]) => requestId))
      for (const [requestId, atMs] of due) {
        if (atMs === null) refused.set(requestId, nowMs)
        else refused.delete(requestId)
      }
    },
  }
}
