// What a provider says that it will still take, from the rate-limit headers of its answers: known before it refuses.

export interface Allowance {
  readonly requests: Left | null
  readonly tokens: Left | null
  /** Whether prompt tokens that are read from the cache count. */
  readonly countsCacheReads: boolean
}

/** So much until that moment; then there is as much as ever. */
export interface Left {
  readonly left: number
  readonly untilMs: number
}
