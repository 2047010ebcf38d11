// Which routes a request takes: the cheapest eligible one first, the rest behind it in order of expected cost.

import { GatewayError } from '../core/errors.ts'
import type { Pico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import { DraftPlan } from './draft-plan.ts'
import { type Estimate, Estimator } from './estimate.ts'
import { nothingEligible } from './nothing-eligible.ts'
import { movingObstacle, type Obstacle } from './obstacles.ts'
import type { Requirements } from './requirements.ts'
import type { Place } from './route-table.ts'
import type { World } from './world.ts'

export type PlannedRoute = Estimate

export interface RejectedRoute {
  readonly route: Route
  readonly reason: Obstacle
  /** Set for `max_cost` only: the others are never priced. */
  readonly worstCase: Pico | null
}

export interface Plan {
  /** How many routes can serve the request: at least one. */
  readonly size: number
  /** The route of this rank, from 0, the cheapest. Each is there once. */
  at(rank: number): PlannedRoute
  routeAt(rank: number): Route
  placeAt(rank: number): Place
  expectedCostAt(rank: number): Pico
  worstCaseAt(rank: number): Pico
  /** Whether the route stands behind cheaper and dearer ones because its provider would refuse the request now. */
  isBehindAt(rank: number): boolean
  /** The same without the routes that something keeps out now; null where none is left. */
  without(isOut: (route: Route) => boolean): Plan | null
  /** All that can serve it, in order of rank. */
  readonly chosen: readonly [PlannedRoute, ...PlannedRoute[]]
  /** All that cannot, in the order of the catalogue. */
  readonly rejected: readonly RejectedRoute[]
  /** The same object for plans with the same routes eligible and the same reasons for the others; null where it is not known. */
  readonly verdicts: object | null
  /** In order of rank, each only when it is come to. */
  [Symbol.iterator](): Iterator<PlannedRoute>
}

/** All that could serve the request rest after failures: it is no fault of the request, and is booked like other failures. */
export class RestingRoutesError extends GatewayError {
  /** Without any route to try. */
  readonly plan: Plan

  constructor(message: string, plan: Plan) {
    super('upstream_error', message)
    this.plan = plan
  }
}

/** Throws GatewayError `no_eligible_route`, `max_cost_exceeded`, `model_not_allowed` or `upstream_error`. */
export function planRoutes(requirements: Requirements, world: World): Plan {
  const candidates = world.candidates.of(requirements)
  const plan = new DraftPlan(world.table.routes, candidates)
  const estimator = new Estimator(requirements, world)
  for (const place of candidates.places) {
    const obstacle = movingObstacle(place, requirements, world)
    if (obstacle !== null) {
      plan.reject(place, obstacle, null)
      continue
    }
    estimator.estimate(place)
    if (requirements.maxCost !== null && estimator.worstCase > requirements.maxCost)
      plan.reject(place, 'max_cost', estimator.worstCase)
    else plan.add(place, estimator, world.isShort(place, estimator.usage))
  }
  if (plan.size === 0) {
    const error = nothingEligible(plan.rejected, requirements, world)
    throw error.kind === 'upstream_error' ? new RestingRoutesError(error.message, plan) : error
  }
  plan.rank((place) => world.latencyMs(place))
  return plan
}
