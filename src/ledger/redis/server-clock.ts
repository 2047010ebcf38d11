// The server's clock, as it was told last, carried on by time that nobody sets: all who share the server go by it, whatever
// happens to the clocks of their machines.

import type { Clock } from '../../core/clock.ts'

export interface ServerClock extends Clock {
  /** What the server's clock showed between two moments of `elapsedMs`. */
  heard(serverMs: number, between: readonly [sentMs: number, answeredMs: number]): void
}

export interface ServerClockOptions {
  /** Runs on, and is never set. */
  readonly elapsedMs: () => number
  /** Until the server has told its own. */
  readonly before: Clock
}

export function createServerClock({ elapsedMs, before }: ServerClockOptions): ServerClock {
  let aheadMs: number | null = null
  return {
    now: () => (aheadMs === null ? before.now() : Math.round(aheadMs + elapsedMs())),
    heard(serverMs, [sentMs, answeredMs]) {
      // Nobody knows when in between.
      aheadMs = serverMs - (sentMs + answeredMs) / 2
    },
  }
}
