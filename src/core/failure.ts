// Why an attempt failed, as a closed list, and what follows from each: one policy row per class.
// The classes are those of providers; what a client sees stands in errors.ts. docs/failures.md has the same rows.

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
  | 'not_supported'
  | 'bad_request'
  | 'malformed'
  | 'schema_mismatch'
  | 'interrupted'

/** What a failure speaks of: one model of a provider, at every effort, or the whole provider. */
export type CircuitScope = 'model' | 'provider'

export interface FailurePolicy {
  /** Whose fault it is: the client hears of its own in the provider's words. */
  readonly blame: 'request' | 'provider'
  /**
   * The same route again: `once`, after a short random wait; `last_resort`, when no other route is left and the provider
   * named a wait that is short enough.
   */
  readonly again: 'never' | 'once' | 'last_resort'
  /** Which other routes make sense, as long as no byte went to the client. */
  readonly next: 'any' | 'longer_context' | 'other_provider' | 'none'
  readonly scope: CircuitScope
  /**
   * What the circuit of that scope does: nothing; count, and open briefly after enough; pause for as long as the provider
   * asks; open long, for what a person has to mend; disable, for what will not mend by itself.
   */
  readonly circuit: 'none' | 'count' | 'pause' | 'open_long' | 'disable'
  /** Whether an operator is told once, when the circuit opens. */
  readonly alert: boolean
}

const PASSING = { blame: 'provider', next: 'any', scope: 'model', circuit: 'count', alert: false } as const
const OF_ACCOUNT = {
  blame: 'provider',
  again: 'never',
  next: 'any',
  scope: 'provider',
  circuit: 'open_long',
  alert: true,
} as const
const OF_REQUEST = {
  blame: 'request',
  again: 'never',
  scope: 'model',
  circuit: 'none',
  alert: false,
} as const

export const FAILURE_POLICY = {
  connect: { ...PASSING, again: 'never', scope: 'provider' },
  timeout: { ...PASSING, again: 'never' },
  overloaded: { ...PASSING, again: 'once' },
  rate_limited: { ...PASSING, again: 'last_resort', circuit: 'pause' },
  out_of_money: OF_ACCOUNT,
  unauthorized: OF_ACCOUNT,
  model_missing: { ...OF_ACCOUNT, scope: 'model', circuit: 'disable' },
  context_too_long: { ...OF_REQUEST, next: 'longer_context' },
  // Only for keys whose `on_content_filter` is `next`.
  content_filter: { ...OF_REQUEST, next: 'other_provider' },
  // What our catalogue or our translation should have known: another route may well do it.
  not_supported: { ...OF_REQUEST, next: 'any' },
  bad_request: { ...OF_REQUEST, next: 'none' },
  malformed: { ...PASSING, again: 'never' },
  // What a model writes of one schema says nothing about the next request.
  schema_mismatch: { ...PASSING, again: 'never', circuit: 'none' },
  interrupted: { ...PASSING, again: 'never' },
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
  /** Set where this provider means more or less by it than the class usually does. */
  readonly scope?: CircuitScope
}
