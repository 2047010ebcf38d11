// Leases: holds live as long as their requests, and no longer. A process renews its own; whoever finds one that ran out
// books what had been sent as an estimate and gives the rest back.

import type { Clock } from '../core/clock.ts'
import type { RequestRecord } from '../core/request-record.ts'
import type { Hold, LedgerStore } from './store.ts'

export interface Leases {
  /** From now on the request's hold is renewed. */
  track(requestId: string): void
  release(requestId: string): void
  close(): void
}

export interface LeasesOptions {
  readonly store: Pick<LedgerStore, 'renew'>
  readonly clock: Clock
  readonly leaseMs: number
}

export function createLeases({ store, clock, leaseMs }: LeasesOptions): Leases {
  const tracked = new Set<string>()
  const timer = setInterval(() => {
    if (tracked.size === 0) return
    // A renewal that fails is tried again before the lease is over: there are three in its length.
    store.renew([...tracked], clock.now() + leaseMs).catch(() => undefined)
  }, leaseMs / 3)
  timer.unref()
  return {
    track: (requestId) => void tracked.add(requestId),
    release: (requestId) => void tracked.delete(requestId),
    close: () => clearInterval(timer),
  }
}

export interface Sweep {
  /** One pass; resolves with how many holds were booked. */
  run(): Promise<number>
  close(): void
}

export interface SweepOptions {
  readonly store: Pick<LedgerStore, 'expired' | 'settle'>
  readonly clock: Clock
  readonly intervalMs: number
  /** Told of each hold that was booked as an estimate. */
  readonly onExpired?: (record: RequestRecord) => void
  readonly onError?: (error: unknown) => void
}

const BATCH = 100

export function createSweep({ store, clock, intervalMs, onExpired, onError }: SweepOptions): Sweep {
  let running: Promise<number> | null = null
  const pass = async (): Promise<number> => {
    const holds = await store.expired(clock.now(), BATCH)
    for (const hold of holds) {
      const record = buildExpiredRecord(hold, clock.now())
      // Another's sweep may have been quicker, or the request's own end: then it is counted there.
      if ((await store.settle(record)) === 'booked') onExpired?.(record)
    }
    return holds.length
  }
  const run = (): Promise<number> => {
    running ??= pass().finally(() => {
      running = null
    })
    return running
  }
  const timer = setInterval(() => void run().catch((error: unknown) => onError?.(error)), intervalMs)
  timer.unref()
  return { run, close: () => clearInterval(timer) }
}

/** Nobody knows what the answer was, or whether it came: the attempt is booked as it was expected. */
function buildExpiredRecord(hold: Hold, nowMs: number): RequestRecord {
  const { dispatch } = hold
  return {
    keyId: hold.keyId,
    team: hold.team,
    project: hold.project,
    requestId: hold.requestId,
    tags: hold.tags,
    startedAtMs: hold.heldAtMs,
    endedAtMs: nowMs,
    requestedModel: hold.requestedModel,
    tier: hold.tier,
    isStream: hold.isStream,
    outcome: 'expired',
    status: 500,
    attempts: [
      ...(dispatch.earlier ?? []),
      { ...dispatch.attempt, outcome: 'expired', source: 'estimated', endedAtMs: nowMs },
    ],
    baseline: dispatch.baseline,
    baselineModel: dispatch.baselineModel,
    overheadMs: 0,
    decision: hold.decision,
  }
}
