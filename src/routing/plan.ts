// Which routes a request takes: the cheapest eligible one first, the rest behind it in order of expected cost.

import type { Route } from '../core/route.ts'
import { type Estimate, estimateRoute } from './estimate.ts'
import { nothingEligible } from './nothing-eligible.ts'
import { firstObstacle, type Obstacle } from './obstacles.ts'
import type { Requirements } from './requirements.ts'
import type { World } from './world.ts'

export type PlannedRoute = Estimate

export interface RejectedRoute {
  readonly route: Route
  readonly reason: Obstacle
  /** Set for `max_cost` only: the others are never priced. */
  readonly estimate: Estimate | null
}

export interface Plan {
  /** At least one, each route once. */
  readonly chosen: readonly [PlannedRoute, ...PlannedRoute[]]
  readonly rejected: readonly RejectedRoute[]
}

/** Costs within this share of each other count as equal: estimates are no better than that. */
const TIE_SHARE = 0.01

/** Throws GatewayError `no_eligible_route`, `max_cost_exceeded`, `model_not_allowed` or `upstream_error`. */
export function planRoutes(requirements: Requirements, world: World): Plan {
  const eligible: PlannedRoute[] = []
  const rejected: RejectedRoute[] = []
  for (const route of requirements.pinned?.routes ?? world.routes) {
    const obstacle = firstObstacle(route, requirements, world)
    const prices = obstacle === null ? world.prices(route) : null
    if (prices === null) {
      rejected.push({ route, reason: obstacle ?? 'no_price', estimate: null })
      continue
    }
    const prompt = world.promptTokens(route, requirements.profile)
    const estimate = estimateRoute(route, { requirements, world, prices, prompt })
    if (requirements.maxCost !== null && estimate.worstCase > requirements.maxCost) {
      rejected.push({ route, reason: 'max_cost', estimate })
    } else {
      eligible.push(estimate)
    }
  }
  const [first, ...rest] = rank(eligible, world)
  if (first === undefined) throw nothingEligible(rejected, requirements, world)
  return { chosen: [first, ...rest], rejected }
}

/** By expected cost; among those within 1 % of the cheapest left, by latency. */
function rank(eligible: PlannedRoute[], world: World): readonly PlannedRoute[] {
  eligible.sort((a, b) => a.expectedCost - b.expectedCost)
  for (let start = 0; start < eligible.length; ) {
    const limit = (eligible[start]?.expectedCost ?? 0) * (1 + TIE_SHARE)
    let end = start + 1
    while (end < eligible.length && (eligible[end]?.expectedCost ?? 0) <= limit) end++
    if (end > start + 1) {
      const tied = eligible.slice(start, end).toSorted((a, b) => latency(a, world) - latency(b, world))
      eligible.splice(start, tied.length, ...tied)
    }
    start = end
  }
  return eligible
}

/** Unknown comes last, in a way that two unknowns compare equal. */
function latency({ route }: PlannedRoute, world: World): number {
  return world.latencyMs(route) ?? Number.MAX_VALUE
}
