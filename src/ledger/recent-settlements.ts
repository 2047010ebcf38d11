// What a server has acknowledged in the last moments. One that dies may take some of it along, when its log is synced every
// second or a replica takes its place. Settling is idempotent: after each connection that ended it is told all of it again.

import type { RequestRecord } from '../core/request-record.ts'
import type { Settlement, Store } from './store.ts'

export interface RecentSettlements {
  booked(record: RequestRecord): void
  /** To be called now and then while the store is there. Rejects where it does not take them; the next time tells them again. */
  remind(): Promise<void>
}

export interface RecentSettlementsOptions {
  readonly store: Pick<Store, 'connectionsLost'>
  readonly settle: (record: RequestRecord) => Promise<Settlement>
  /** Told how many the server had forgotten. */
  readonly onRestored: (settlements: number) => void
  /** Of a clock that nobody sets. */
  readonly nowMs: () => number
}

interface Settled {
  readonly record: RequestRecord
  readonly atMs: number
}

/** A log that is synced every second may be two behind; a replica is less. */
const KEPT_MS = 3_000
const MOST = 20_000
/** Forgotten a portion at a time: a list that loses its first one each time would be copied each time. */
const PORTION = 500

export function createRecentSettlements(options: RecentSettlementsOptions): RecentSettlements {
  const { store, nowMs } = options
  let settled: Settled[] = []
  let longest = PORTION
  /** Connections that had ended when it was reminded last. */
  let remindedAt = 0

  const forget = (): void => {
    const fromMs = nowMs() - KEPT_MS
    const first = settled.findIndex(({ atMs }) => atMs >= fromMs)
    settled = settled.slice(Math.max(first, settled.length - MOST))
    longest = settled.length + PORTION
  }
  return {
    booked(record) {
      if (store.connectionsLost() === null) return
      settled.push({ record, atMs: nowMs() })
      if (settled.length > longest) forget()
    },
    async remind() {
      const lost = store.connectionsLost()
      if (lost === null || lost === remindedAt) return
      const told = settled
      settled = []
      await tellAgain(told, options).catch((error: unknown) => {
        settled = [...told, ...settled]
        throw error
      })
      remindedAt = lost
    },
  }
}

async function tellAgain(
  told: readonly Settled[],
  { settle, onRestored }: RecentSettlementsOptions,
): Promise<void> {
  let restored = 0
  for (let start = 0; start < told.length; start += PORTION) {
    const settlements = await Promise.all(
      told.slice(start, start + PORTION).map(({ record }) => settle(record)),
    )
    restored += settlements.filter((settlement) => settlement === 'booked').length
  }
  if (restored > 0) onRestored(restored)
}
