// Which routes are worth trying now: a route rests while the circuit of its model or of its whole provider does.

import type { Clock } from '../core/clock.ts'
import { type AttemptFailure, type CircuitScope, FAILURE_POLICY, type FailureClass } from '../core/failure.ts'
import type { ProviderName } from '../core/route.ts'
import { type Circuit, type CircuitLimits, type CircuitState, createCircuit } from './circuit.ts'

export interface CircuitsOptions extends CircuitLimits {
  readonly clock: Clock
  /** Told once when a circuit opens of which an operator has to know, until it has closed again. */
  readonly onAlert: (alert: CircuitAlert) => void
}

export interface CircuitAlert {
  readonly scope: CircuitScope
  readonly provider: ProviderName
  readonly model: string
  readonly because: FailureClass
  readonly status: number | null
  readonly code: string | null
  readonly untilMs: number
}

/** What a circuit is chosen by: every effort of a model shares one. */
export interface CircuitSubject {
  readonly provider: ProviderName
  readonly model: string
}

export interface CircuitStatus {
  readonly state: CircuitState
  /** What opened it; null when closed. */
  readonly because: FailureClass | null
  readonly untilMs: number | null
}

export interface Circuits {
  /** Of the model or of its provider, whichever rests longer. */
  status(subject: CircuitSubject): CircuitStatus
  /** Whether a request may be sent. In a half-open circuit the first to ask becomes the probe and must report. */
  admit(subject: CircuitSubject): boolean
  /** `sentAtMs`, here and below: when the request was sent; now, where nothing of it was. */
  succeeded(subject: CircuitSubject, sentAtMs?: number): void
  failed(subject: CircuitSubject, failure: AttemptFailure, sentAtMs?: number): void
  /** The request ended without saying anything about the route (client gone, its own fault). */
  released(subject: CircuitSubject, sentAtMs?: number): void
}

const CLOSED: CircuitStatus = Object.freeze({ state: 'closed', because: null, untilMs: null })

export function createCircuits(options: CircuitsOptions): Circuits {
  const { clock, onAlert } = options
  // Only what failed lately is in the map, by provider or `provider/model`: the usual case is an empty one.
  const circuits = new Map<string, Circuit>()

  const circuitOf = (subject: CircuitSubject, scope: CircuitScope): Circuit => {
    const name = nameOf(subject, scope)
    let circuit = circuits.get(name)
    if (circuit === undefined) circuits.set(name, (circuit = createCircuit(options)))
    return circuit
  }
  const both = (subject: CircuitSubject): readonly Circuit[] => {
    if (circuits.size === 0) return []
    const found = SCOPES.map((scope) => circuits.get(nameOf(subject, scope)))
    return found.filter((circuit) => circuit !== undefined)
  }

  return {
    status(subject) {
      // Asked for every candidate of every request: the usual case does not even look at the clock.
      if (circuits.size === 0) return CLOSED
      const nowMs = clock.now()
      let worst: Circuit | null = null
      for (const circuit of both(subject))
        if (circuit.state(nowMs) !== 'closed' && circuit.untilMs > (worst?.untilMs ?? 0)) worst = circuit
      if (worst === null) return CLOSED
      return { state: worst.state(nowMs), because: worst.because, untilMs: worst.untilMs }
    },

    admit(subject) {
      const nowMs = clock.now()
      const resting = both(subject).filter((circuit) => circuit.state(nowMs) !== 'closed')
      if (resting.some((circuit) => circuit.isProbing || circuit.state(nowMs) === 'open')) return false
      for (const circuit of resting) circuit.probe(nowMs)
      return true
    },

    succeeded(subject, sentAtMs) {
      if (circuits.size === 0) return
      const nowMs = clock.now()
      for (const scope of SCOPES) {
        const name = nameOf(subject, scope)
        const circuit = circuits.get(name)
        // What was sent before it opened, and ends well now, is no news.
        if (circuit?.state(nowMs) === 'closed' || circuit?.isProbe(sentAtMs ?? nowMs) === true)
          circuits.delete(name)
      }
    },

    failed(subject, failure, sentAtMs = clock.now()) {
      const policy = FAILURE_POLICY[failure.class]
      if (policy.circuit === 'none') return this.released(subject, sentAtMs)
      const scope = failure.scope ?? policy.scope
      const circuit = circuitOf(subject, scope)
      for (const other of both(subject)) if (other !== circuit) other.released(sentAtMs)
      const opened = circuit.failed({ ...failure, effect: policy.circuit, atMs: clock.now(), sentAtMs })
      if (!opened || !policy.alert) return
      onAlert({
        scope,
        provider: subject.provider,
        model: subject.model,
        because: failure.class,
        status: failure.status,
        code: failure.code,
        untilMs: circuit.untilMs,
      })
    },

    released(subject, sentAtMs = clock.now()) {
      for (const circuit of both(subject)) circuit.released(sentAtMs)
    },
  }
}

const SCOPES: readonly CircuitScope[] = ['model', 'provider']

function nameOf({ provider, model }: CircuitSubject, scope: CircuitScope): string {
  return scope === 'provider' ? provider : `${provider}/${model}`
}
