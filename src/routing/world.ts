// The world as a plan sees it at one moment: routes, prices, and what was learned. Nothing in it does I/O.

import type { Usage } from '../core/usage.ts'
import type { CacheExpectation, CacheSubject } from './cache-affinity.ts'
import type { CandidateMemo } from './candidates.ts'
import type { OutputShape } from './expected-output.ts'
import type { RouteFacts } from './obstacles.ts'
import type { Quotes } from './quotes.ts'
import type { Place, RouteTable } from './route-table.ts'
import type { TextProfile } from './text-profile.ts'

export interface World {
  readonly table: RouteTable
  readonly candidates: CandidateMemo
  readonly facts: RouteFacts
  /** The prices in force at `nowMs`, and until `holdUntilMs`. */
  readonly quotes: Quotes
  readonly nowMs: number
  /** Until when a hold has to cover the request: prices may change while it runs. */
  readonly holdUntilMs: number
  /** Whether the route is left alone after failures. */
  isResting(place: Place): boolean
  /** Whether its provider has told that it would refuse such a request now. */
  isShort(place: Place, expected: Usage): boolean
  /** Expected prompt tokens on the route. */
  promptTokens(place: Place, profile: TextProfile): number
  /** Expected output tokens on the route over all choices, reasoning included. */
  expectedOutput(place: Place, shape: OutputShape): number
  cacheExpectation(place: Place, subject: CacheSubject, promptTokens: number): CacheExpectation
  /** Recent time to the first content; null when not known. */
  latencyMs(place: Place): number | null
  /** The operator's bound on the output, where a limit needs one and the client set none, tokens per choice. */
  readonly defaultOutputCap: number
}
