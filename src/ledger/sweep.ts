// Whoever finds a hold whose lease ran out books what had been sent as an estimate, and gives the rest back.

import type { Clock } from '../core/clock.ts'
import type { RequestRecord } from '../core/request-record.ts'
import { RENEWALS_PER_LEASE } from './leases.ts'
import type { SpoolStatus } from './spooled-store.ts'
import type { Hold, LedgerStore } from './store.ts'

export interface Sweep {
  /** One pass; resolves with how many holds were booked. */
  run(): Promise<number>
  /** Waits for the pass that is under way. */
  close(): Promise<void>
}

export interface SweepOptions {
  /** Not one that spools: an estimate that is not booked now is none, and the next pass finds the hold again. */
  readonly store: Pick<LedgerStore, 'expired' | 'settle' | 'request'>
  readonly clock: Clock
  readonly intervalMs: number
  /** False: no pass now. After an outage the living need time to renew their leases. */
  readonly mayRun: () => boolean
  /** Whether this process serves the request still; its lease only waits to be renewed. */
  readonly isServed: (requestId: string) => boolean
  /** Told of each hold that was booked as an estimate, by us and nobody before. */
  readonly onExpired: (record: RequestRecord) => void
  readonly onError: (error: unknown) => void
}

/** Booked at once; more follow in the same pass. */
const BATCH = 100

export function createSweep(options: SweepOptions): Sweep {
  const { mayRun, intervalMs, onError } = options
  const unheard: Unheard = new Map()
  let running: Promise<number> | null = null
  const run = (): Promise<number> => {
    running ??= pass(options, unheard).finally(() => {
      running = null
    })
    return running
  }
  const timer = setInterval(() => {
    if (mayRun()) run().catch(onError)
  }, intervalMs)
  timer.unref()
  return {
    run,
    async close() {
      clearInterval(timer)
      await running?.catch(() => undefined)
    },
  }
}

/** What was tried, by request, and nobody heard whether it was booked: it may have been, or be so later. */
type Unheard = Map<string, readonly RequestRecord[]>

async function pass(options: SweepOptions, unheard: Unheard): Promise<number> {
  const { store, clock, isServed, onExpired, onError } = options
  await tellUnheard(options, unheard)
  let booked = 0
  for (;;) {
    const nowMs = clock.now()
    const holds = await store.expired(nowMs, BATCH)
    const abandoned = holds.filter(({ requestId }) => !isServed(requestId))
    const results = await Promise.allSettled(
      abandoned.map(async (hold) => {
        const record = buildExpiredRecord(hold, nowMs)
        const settlement = await store.settle(record).catch((error: unknown) => {
          unheard.set(record.requestId, [...(unheard.get(record.requestId) ?? []), record])
          throw error
        })
        // Another's sweep may have been quicker, or the request's own end: then it is counted there.
        if (settlement === 'booked') onExpired(record)
      }),
    )
    for (const result of results) if (result.status === 'rejected') onError(result.reason)
    const done = results.filter(({ status }) => status === 'fulfilled').length
    booked += done
    if (done === 0 || holds.length < BATCH) return booked
  }
}

async function tellUnheard({ store, onExpired }: SweepOptions, unheard: Unheard): Promise<void> {
  for (const [requestId, tried] of unheard) {
    const kept = await store.request(requestId)
    if (kept === null) continue
    unheard.delete(requestId)
    const estimatedAtMs = kept.outcome === 'expired' ? kept.endedAtMs : kept.estimateReplaced?.endedAtMs
    const ours = tried.find(({ endedAtMs }) => endedAtMs === estimatedAtMs)
    if (ours !== undefined) onExpired(ours)
  }
}

/** Nobody knows what the answer was, or whether it came: the attempt is booked as it was expected. */
function buildExpiredRecord(hold: Hold, nowMs: number): RequestRecord {
  const { dispatch } = hold
  return {
    keyId: hold.keyId,
    team: hold.team,
    project: hold.project,
    requestId: hold.requestId,
    ...(hold.accounts === undefined ? {} : { accounts: hold.accounts }),
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
    ...(hold.trace === undefined ? {} : { trace: hold.trace }),
  }
}

/** After an outage, whoever serves a request still gets the time to renew its lease. */
export function maySweep({ isStoreUp, upSinceMs }: SpoolStatus, { nowMs, leaseMs }: LeaseAge): boolean {
  return isStoreUp && (upSinceMs === null || nowMs - upSinceMs >= (2 * leaseMs) / RENEWALS_PER_LEASE)
}

interface LeaseAge {
  readonly nowMs: number
  readonly leaseMs: number
}
