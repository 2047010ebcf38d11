// Time as an argument, so that prices, leases and circuits can be tested to the millisecond.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
