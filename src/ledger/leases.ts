// Leases: a hold lives as long as its request, and no longer. A process renews those of the requests it serves.

import type { Clock } from '../core/clock.ts'
import type { LedgerStore } from './store.ts'

export interface Leases {
  /** When the lease of a hold that is taken now ends. */
  readonly untilMs: () => number
  /** From now on the request's hold is renewed. */
  track(requestId: string): void
  release(requestId: string): void
  isTracked(requestId: string): boolean
  close(): void
}

export interface LeasesOptions {
  readonly store: Pick<LedgerStore, 'renew'>
  /** By which the leases of all processes end. */
  readonly clock: Clock
  readonly leaseMs: number
}

/** Renewals in the length of a lease: one that fails is made good by the next. */
export const RENEWALS_PER_LEASE = 3

export function createLeases({ store, clock, leaseMs }: LeasesOptions): Leases {
  const tracked = new Set<string>()
  const untilMs = (): number => clock.now() + leaseMs
  const timer = setInterval(() => {
    if (tracked.size === 0) return
    store.renew([...tracked], untilMs()).catch(() => undefined)
  }, leaseMs / RENEWALS_PER_LEASE)
  timer.unref()
  return {
    untilMs,
    track: (requestId) => void tracked.add(requestId),
    release: (requestId) => void tracked.delete(requestId),
    isTracked: (requestId) => tracked.has(requestId),
    close: () => clearInterval(timer),
  }
}
