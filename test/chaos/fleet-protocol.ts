// What the run and the process of the simulated providers say to each other.

import type { ProviderId } from '../../src/core/route.ts'
import type { BookEntry } from '../../src/simulator/books.ts'
import type { Fault } from '../../src/simulator/faults.ts'

export type BilledEntry = BookEntry & { readonly provider: ProviderId }

export type FleetOrder =
  | { readonly kind: 'books' }
  | { readonly kind: 'push'; readonly provider: ProviderId; readonly faults: readonly Fault[] }
  | { readonly kind: 'clear' }

export interface FleetCall {
  readonly id: number
  readonly order: FleetOrder
}

export interface FleetState {
  /** Variables that point a gateway at the fleet. */
  readonly environment: Readonly<Record<string, string>>
  readonly entries: readonly BilledEntry[]
  /** Answers that are under way. */
  readonly open: number
}

export interface FleetAnswer {
  readonly id: number
  readonly state: FleetState
}
