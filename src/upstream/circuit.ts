// Which routes are worth trying now. A circuit per route: closed, open for a while after failures, then half-open:
// one request at a time may probe it, and its outcome decides.

import type { Clock } from '../core/clock.ts'
import { FAILURE_POLICY, type FailureClass } from '../core/failure.ts'

export interface CircuitOptions {
  readonly clock: Clock
  /** Failures within `windowMs` that open a circuit. */
  readonly failures: number
  readonly windowMs: number
  /** How long it stays open after failures that pass: overload, rate limits without a word on when to return. */
  readonly openMs: number
  /** How long after those that a person has to mend: no money, a refused key, a missing model. */
  readonly openLongMs: number
}

export type CircuitState = 'closed' | 'open' | 'half_open'

export interface Circuits {
  state(routeId: string): CircuitState
  /** Whether a request may be sent. In a half-open circuit the first to ask becomes the probe and must report. */
  admit(routeId: string): boolean
  succeeded(routeId: string): void
  /** `retryAfterMs`: what the provider asked for, which wins over our own guess. */
  failed(routeId: string, failure: FailureClass, retryAfterMs: number | null): void
  /** The request ended without saying anything about the route (client gone, its own fault). */
  released(routeId: string): void
  /** Routes that are not closed, with the class that opened each and until when. */
  open(): readonly OpenCircuit[]
}

export interface OpenCircuit {
  readonly routeId: string
  readonly state: CircuitState
  readonly because: FailureClass
  readonly untilMs: number
}

interface Circuit {
  failedAtMs: number[]
  openUntilMs: number
  because: FailureClass
  isProbing: boolean
}

/** No provider's word keeps a route away for longer. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

export function createCircuits({ clock, failures, windowMs, openMs, openLongMs }: CircuitOptions): Circuits {
  // Only routes that failed lately are in the map: the usual case is an empty one.
  const circuits = new Map<string, Circuit>()

  const stateOf = (circuit: Circuit | undefined): CircuitState => {
    if (circuit === undefined || circuit.openUntilMs === 0) return 'closed'
    return clock.now() < circuit.openUntilMs ? 'open' : 'half_open'
  }
  const circuitOf = (routeId: string): Circuit => {
    let circuit = circuits.get(routeId)
    if (circuit === undefined) {
      circuit = { failedAtMs: [], openUntilMs: 0, because: 'connect', isProbing: false }
      circuits.set(routeId, circuit)
    }
    return circuit
  }
  const open = (circuit: Circuit, forMs: number): void => {
    circuit.openUntilMs = Math.max(circuit.openUntilMs, clock.now() + forMs)
    circuit.failedAtMs = []
  }

  return {
    state: (routeId) => stateOf(circuits.get(routeId)),

    admit(routeId) {
      const circuit = circuits.get(routeId)
      const state = stateOf(circuit)
      if (circuit === undefined || state === 'closed') return true
      if (state === 'open' || circuit.isProbing) return false
      circuit.isProbing = true
      return true
    },

    succeeded(routeId) {
      circuits.delete(routeId)
    },

    failed(routeId, failure, retryAfterMs) {
      const effect = FAILURE_POLICY[failure].circuit
      if (effect === 'none') return this.released(routeId)
      const circuit = circuitOf(routeId)
      const wasProbe = circuit.isProbing
      circuit.isProbing = false
      circuit.because = failure
      const asked = retryAfterMs === null ? null : Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)
      if (effect === 'open_long') return open(circuit, Math.max(openLongMs, asked ?? 0))
      if (effect === 'open_briefly') return open(circuit, asked ?? openMs)
      const now = clock.now()
      circuit.failedAtMs = [...circuit.failedAtMs.filter((at) => at > now - windowMs), now].slice(-failures)
      if (wasProbe || circuit.failedAtMs.length >= failures || asked !== null) open(circuit, asked ?? openMs)
    },

    released(routeId) {
      const circuit = circuits.get(routeId)
      if (circuit !== undefined) circuit.isProbing = false
    },

    open() {
      return [...circuits]
        .filter(([, circuit]) => circuit.openUntilMs !== 0)
        .map(([routeId, circuit]) => ({
          routeId,
          state: stateOf(circuit),
          because: circuit.because,
          untilMs: circuit.openUntilMs,
        }))
    },
  }
}
