// The world as a plan sees it at one moment: routes, prices, and what was learned. Nothing in it does I/O.

import type { PriceSchedule } from '../catalog/price-schedule.ts'
import type { Route } from '../core/route.ts'
import type { CacheExpectation, CacheSubject } from './cache-affinity.ts'
import type { OutputShape } from './expected-output.ts'
import type { TextProfile } from './text-profile.ts'

export interface World {
  readonly routes: readonly Route[]
  /** Null: not known, and therefore never routed to. */
  prices(route: Route): PriceSchedule | null
  jurisdiction(route: Route): string
  readonly nowMs: number
  /** Until when a hold has to cover the request: prices may change while it runs. */
  readonly holdUntilMs: number
  /** `off`, `disabled`, `circuit_open`; null when the route can be used. */
  unavailable(route: Route): string | null
  /** Expected prompt tokens on the route. */
  promptTokens(route: Route, profile: TextProfile): number
  /** Expected output tokens on the route over all choices, reasoning included. */
  expectedOutput(route: Route, shape: OutputShape): number
  cacheExpectation(route: Route, subject: CacheSubject, promptTokens: number): CacheExpectation
  /** Recent time to the first content; null when not known. */
  latencyMs(route: Route): number | null
  /** The operator's bound on the output, where a limit needs one and the client set none, tokens per choice. */
  readonly defaultOutputCap: number
}
