// One circuit, of a model or of a whole provider: closed, open for a while after failures, then half-open: one request at
// a time may probe it, and its outcome decides. circuits.ts puts them together.

import type { FailureClass, FailurePolicy } from '../core/failure.ts'

export type CircuitState = 'closed' | 'open' | 'half_open'

export interface CircuitLimits {
  /** Failures within `windowMs` that open a circuit. */
  readonly failures: number
  readonly windowMs: number
  /** How long it stays open after failures that pass. */
  readonly openMs: number
  /** How long after a rate limit, where the provider does not say. */
  readonly rateLimitMs: number
  /** How long after what a person has to mend: no money, a refused key. */
  readonly openLongMs: number
  /** How long a model is left alone that its provider does not know. */
  readonly disableMs: number
}

export interface CircuitFailure {
  readonly class: FailureClass
  readonly effect: FailurePolicy['circuit']
  /** What the provider asked for, which wins over our own guess. */
  readonly retryAfterMs: number | null
  readonly atMs: number
  /** When the request that failed was sent. */
  readonly sentAtMs: number
}

export interface Circuit {
  state(nowMs: number): CircuitState
  readonly because: FailureClass
  readonly untilMs: number
  /** A half-open circuit whose probe is under way takes no other request. */
  readonly isProbing: boolean
  /** The next request of a half-open circuit: it must be reported. */
  probe(nowMs: number): void
  /** Whether a request that was sent then is the probe under way, and not one from before the circuit opened. */
  isProbe(sentAtMs: number): boolean
  /** True when it opened for another reason than it stands open for, if any: whoever has to know is told once. */
  failed(failure: CircuitFailure): boolean
  /** A request that was sent then ended without saying anything. */
  released(sentAtMs: number): void
}

/** No provider's word keeps a route away for longer. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

export function createCircuit(limits: CircuitLimits): Circuit {
  let failedAtMs: number[] = []
  let openUntilMs = 0
  let because: FailureClass = 'connect'
  let isProbing = false
  let probedAtMs = 0

  const isProbe = (sentAtMs: number): boolean => isProbing && sentAtMs >= probedAtMs
  const open = (failure: CircuitFailure, forMs: number): boolean => {
    const isNews = openUntilMs === 0 || because !== failure.class
    openUntilMs = Math.max(openUntilMs, failure.atMs + forMs)
    because = failure.class
    failedAtMs = []
    return isNews
  }

  const restMs = (effect: 'pause' | 'open_long' | 'disable', asked: number | null): number => {
    if (effect === 'pause') return asked ?? limits.rateLimitMs
    return effect === 'open_long' ? Math.max(limits.openLongMs, asked ?? 0) : limits.disableMs
  }

  return {
    state(nowMs) {
      if (openUntilMs === 0) return 'closed'
      return nowMs < openUntilMs ? 'open' : 'half_open'
    },
    get because() {
      return because
    },
    get untilMs() {
      return openUntilMs
    },
    get isProbing() {
      return isProbing
    },
    probe(nowMs) {
      isProbing = true
      probedAtMs = nowMs
    },
    isProbe,
    failed(failure) {
      const wasProbe = isProbe(failure.sentAtMs)
      if (wasProbe) isProbing = false
      const asked =
        failure.retryAfterMs === null ? null : Math.min(failure.retryAfterMs, LONGEST_RETRY_AFTER_MS)
      if (failure.effect === 'none') return false
      if (failure.effect !== 'count') return open(failure, restMs(failure.effect, asked))
      const since = failure.atMs - limits.windowMs
      failedAtMs = [...failedAtMs.filter((at) => at > since), failure.atMs].slice(-limits.failures)
      const isEnough = wasProbe || asked !== null || failedAtMs.length >= limits.failures
      return isEnough && open(failure, asked ?? limits.openMs)
    },
    released(sentAtMs) {
      if (isProbe(sentAtMs)) isProbing = false
    },
  }
}
