// Why an attempt failed, as a closed list, and what follows from each: one policy row per class.
// The classes are those of providers; what a client sees stands in errors.ts.

export type FailureClass =
  | 'connect'
  | 'timeout'
  | 'overloaded'
  | 'rate_limited'
  | 'out_of_money'
  | 'unauthorized'
  | 'model_missing'
  | 'context_too_long'
  | 'content_filter'
  | 'bad_request'
  | 'malformed'
  | 'interrupted'

export interface FailurePolicy {
  /** Which routes make sense afterwards, as long as no byte went to the client. */
  readonly next: 'any' | 'longer_context' | 'none'
  /** What the route's circuit does: count the failure, open at once for a while, or nothing. */
  readonly circuit: 'none' | 'count' | 'open_briefly' | 'open_long'
}

export const FAILURE_POLICY = {
  connect: { next: 'any', circuit: 'count' },
  timeout: { next: 'any', circuit: 'count' },
  overloaded: { next: 'any', circuit: 'count' },
  rate_limited: { next: 'any', circuit: 'open_briefly' },
  out_of_money: { next: 'any', circuit: 'open_long' },
  unauthorized: { next: 'any', circuit: 'open_long' },
  model_missing: { next: 'any', circuit: 'open_long' },
  context_too_long: { next: 'longer_context', circuit: 'none' },
  content_filter: { next: 'none', circuit: 'none' },
  bad_request: { next: 'none', circuit: 'none' },
  malformed: { next: 'any', circuit: 'count' },
  interrupted: { next: 'any', circuit: 'count' },
} as const satisfies Record<FailureClass, FailurePolicy>

/** One failed attempt, as a provider or the transport reported it. */
export interface AttemptFailure {
  readonly class: FailureClass
  /** The provider's own words, for the client of a request the provider found wrong, and for the operator. */
  readonly message: string
  /** HTTP status of the provider's answer; null when there was none. */
  readonly status: number | null
  /** The provider's error code or type, when it gave one. */
  readonly code: string | null
  /** How long the provider asked to be left alone, when it said so. */
  readonly retryAfterMs: number | null
}
