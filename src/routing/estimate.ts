// What a request will cost on one route, expected and at worst, by the same prices that bill it.

import type { PriceSchedule } from '../catalog/price-schedule.ts'
import { priceTotal, worstCase } from '../catalog/price-usage.ts'
import type { Pico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import type { Usage } from '../core/usage.ts'
import { promptTokensUpperBound } from './prompt-tokens.ts'
import type { Requirements } from './requirements.ts'
import type { World } from './world.ts'

export interface Estimate {
  readonly route: Route
  /** Expected. */
  readonly usage: Usage
  /** Of the expected usage, now. */
  readonly expectedCost: Pico
  /** No usage within the bounds costs more, at any price in force until the hold ends. */
  readonly worstCase: Pico
  /** Set when a limit of ours needs a bound that the client did not set: it must really be sent upstream. */
  readonly outputCap: number | null
}

export interface EstimateInput {
  readonly requirements: Requirements
  readonly world: World
  readonly prices: PriceSchedule
  /** Expected prompt tokens. */
  readonly prompt: number
}

export function estimateRoute(
  route: Route,
  { requirements, world, prices, prompt }: EstimateInput,
): Estimate {
  const { output, maxCost, cache, profile } = requirements
  const outputCap =
    output.maxOutputTokens === null && maxCost !== null
      ? Math.min(world.defaultOutputCap, route.maxOutputTokens)
      : null
  const bound = output.maxOutputTokens ?? outputCap ?? route.maxOutputTokens
  const most = Math.min(bound, route.maxOutputTokens) * output.choices
  const expected = Math.min(world.expectedOutput(route, output), most)
  const { cacheRead, cacheWrite } = world.cacheExpectation(route, cache, prompt)
  const usage: Usage = {
    freshInput: Math.max(0, prompt - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    cacheWriteLong: 0,
    output: expected,
    reasoning: 0,
  }
  return {
    route,
    usage,
    expectedCost: priceTotal(prices, usage, { atMs: world.nowMs }),
    worstCase: worstCase(
      prices,
      { promptTokens: promptTokensUpperBound(profile, route), outputTokens: most },
      { atMs: world.nowMs, untilMs: world.holdUntilMs },
    ),
    outputCap,
  }
}
