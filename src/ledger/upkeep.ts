// Now and then, in every process: hours that are over become aggregates, and what is older than it has to be is dropped.

import type { Clock } from '../core/clock.ts'
import { HOUR_MS } from './booking.ts'
import { type SampleStore, StoreUnavailableError, type UpkeepStore } from './store.ts'

/** Null: kept for good. */
export interface Retention {
  readonly requestsMs: number | null
  readonly hourlyMs: number | null
  readonly dailyMs: number | null
}

export interface Upkeep {
  /** One pass. */
  run(): Promise<void>
  close(): Promise<void>
}

export interface UpkeepOptions {
  readonly store: UpkeepStore & { readonly samples: Pick<SampleStore, 'dropKept'> }
  readonly retention: Retention
  readonly clock: Clock
  readonly intervalMs: number
  readonly onError: (error: unknown) => void
}

/** Most of what began in an hour has ended by then; what comes later is added. */
const SETTLING_MS = 300_000
/** Hours of one pass: a store of an earlier version has many, and there are other things to do. */
const HOURS_PER_PASS = 200
const REQUESTS_AT_ONCE = 500
const REQUESTS_PER_PASS = 20_000

export function createUpkeep(options: UpkeepOptions): Upkeep {
  const { intervalMs, onError } = options
  let running: Promise<void> | null = null
  let isClosed = false
  const run = (): Promise<void> => {
    running ??= pass(options, () => isClosed).finally(() => {
      running = null
    })
    return running
  }
  const timer = setInterval(() => {
    // Where the store is away, the next pass will do.
    run().catch((error: unknown) => (error instanceof StoreUnavailableError ? undefined : onError(error)))
  }, intervalMs)
  timer.unref()
  return {
    run,
    async close() {
      isClosed = true
      clearInterval(timer)
      await running?.catch(() => undefined)
    },
  }
}

async function pass({ store, retention, clock }: UpkeepOptions, isClosed: () => boolean): Promise<void> {
  const nowMs = clock.now()
  // Also where nothing is sampled any more.
  await store.samples.dropKept(nowMs)
  const beforeMs = Math.floor((nowMs - SETTLING_MS) / HOUR_MS) * HOUR_MS
  for (let hours = 0; hours < HOURS_PER_PASS; hours++) {
    if (isClosed() || !(await store.rollUp(beforeMs))) break
  }
  const { requestsMs, hourlyMs, dailyMs } = retention
  const since = (ageMs: number | null): number => (ageMs === null ? Number.NEGATIVE_INFINITY : nowMs - ageMs)
  if (!isClosed() && (hourlyMs !== null || dailyMs !== null))
    await store.dropAggregates({ hoursFromMs: since(hourlyMs), daysFromMs: since(dailyMs) })
  if (requestsMs === null) return
  for (let dropped = 0; dropped < REQUESTS_PER_PASS && !isClosed(); dropped += REQUESTS_AT_ONCE)
    if ((await store.dropRequests(since(requestsMs), REQUESTS_AT_ONCE)) < REQUESTS_AT_ONCE) return
}
