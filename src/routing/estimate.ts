// What a request will cost on one route, expected and at worst, by the same prices that bill it.

import { sellsTier } from '../core/hints.ts'
import type { Pico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import type { Usage } from '../core/usage.ts'
import { expectedPrompt, promptTokensUpperBound } from './prompt-tokens.ts'
import type { Period } from './quotes.ts'
import type { Requirements } from './requirements.ts'
import type { Place } from './route-table.ts'
import type { World } from './world.ts'

export interface Estimate {
  readonly place: Place
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

/** The service tier that a request asks of a route; null where it asks for none, or for one that is not sold there. */
export function askedTier(
  route: Route | undefined,
  { serviceTier }: Pick<Requirements, 'serviceTier'>,
): string | null {
  return serviceTier !== null && route !== undefined && sellsTier(route, serviceTier) ? serviceTier : null
}

/** An estimate that is made anew for one route after the other: of dozens, a plan keeps a few numbers each. */
export class Estimator {
  readonly usage = {
    freshInput: 0,
    cacheRead: 0,
    cacheWrite: 0,
    cacheWriteLong: 0,
    output: 0,
    reasoning: 0,
  }
  expectedCost: Pico = 0
  worstCase: Pico = 0
  outputCap: number | null = null
  readonly #bounds = { promptTokens: 0, outputTokens: 0 }
  readonly #requirements: Requirements
  readonly #world: World
  /** With the service tier that is asked for. */
  readonly #period: Period

  constructor(requirements: Requirements, world: World) {
    this.#requirements = requirements
    this.#world = world
    const { nowMs, holdUntilMs } = world
    this.#period = { nowMs, holdUntilMs, serviceTier: requirements.serviceTier }
  }

  /** From now on the fields are of the route at this place. */
  estimate(place: Place): void {
    const { output, needsOutputBound, profile, recalledBytes } = this.#requirements
    const world = this.#world
    const { table, quotes } = world
    const mostOutput = table.maxOutputTokens[place] ?? 0
    this.outputCap =
      output.maxOutputTokens === null && needsOutputBound
        ? Math.min(world.defaultOutputCap, mostOutput)
        : null
    const bound = output.maxOutputTokens ?? this.outputCap ?? mostOutput
    const bounds = this.#bounds
    bounds.outputTokens = Math.min(bound, mostOutput) * output.choices
    const maxPrompt = table.maxPromptTokens[place] ?? 0
    bounds.promptTokens = promptTokensUpperBound(profile, maxPrompt, recalledBytes?.[place])
    this.#expectUsage(place, bounds.outputTokens)
    const hasTier = askedTier(table.routes[place], this.#requirements) !== null
    const period = hasTier ? this.#period : world
    this.expectedCost = quotes.expectedCost(place, this.usage, period)
    this.worstCase = quotes.worstCase(place, bounds, period)
  }

  #expectUsage(place: Place, mostOutput: number): void {
    const { output, cache } = this.#requirements
    const world = this.#world
    const { usage } = this
    const prompt = expectedPrompt(place, this.#requirements, world)
    usage.cacheRead = 0
    usage.cacheWrite = 0
    if (prompt >= (world.table.cacheFromTokens[place] ?? 0)) {
      const { cacheRead, cacheWrite } = world.cacheExpectation(place, cache, prompt)
      usage.cacheRead = cacheRead
      usage.cacheWrite = cacheWrite
    }
    usage.freshInput = Math.max(0, prompt - usage.cacheRead - usage.cacheWrite)
    usage.output = Math.min(world.expectedOutput(place, output), mostOutput)
  }
}
