// A clock for a gateway and the simulated providers behind it, so that both price a request at the same rates.

import { type Clock, systemClock } from '../core/clock.ts'

const HOUR_MS = 3_600_000

/**
 * The time, but none of the last minutes of an hour: prices change on the hour, and a request that the gateway sends a
 * millisecond before one and the provider sees a millisecond after it would be two different bills. Whoever runs for no
 * longer than `marginMs` sees no change of prices.
 */
export function createCalmClock(marginMs: number): Clock {
  const isLate = HOUR_MS - (systemClock.now() % HOUR_MS) < marginMs
  const offsetMs = isLate ? -marginMs : 0
  return { now: () => systemClock.now() + offsetMs }
}
