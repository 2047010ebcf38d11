// What stands in the way of a route for a request: one check per row, the cheapest and commonest first.

import { honoursEffort, lostHints } from '../core/hints.ts'
import type { Capability, Route } from '../core/route.ts'
import { LEAST_RESPONSES_OUTPUT, surfaceOf } from '../core/surface.ts'
import { tierRank } from '../core/tier.ts'
import type { NameFilter } from '../openai/chat-request.ts'
import { exceededBound } from './bounds.ts'
import { routeDenial } from './model-rules.ts'
import type { Requirements } from './requirements.ts'
import type { World } from './world.ts'

/** A closed set, for verdicts that are kept and counted; `unavailable` adds `off`, `disabled` and `circuit_open`. */
export type Obstacle = string

type Check = (route: Route, requirements: Requirements, world: World) => Obstacle | null

const CHECKS: readonly Check[] = [
  (route, { neededRank }) => (tierRank(route.tier) < neededRank ? 'tier' : null),
  (route, { keyRanks }) => {
    const rank = tierRank(route.tier)
    return rank < keyRanks.least || rank > keyRanks.most ? 'key_tier' : null
  },
  (route, _, world) => world.unavailable(route),
  (route, { effort }) => (effort === null || honoursEffort(route, effort) ? null : 'effort'),
  (route, { capabilities }) => missingCapability(route, capabilities),
  (route, { bounds }) => {
    const exceeded = exceededBound(route, bounds)
    return exceeded === null ? null : `limit:${exceeded}`
  },
  (route, { strict }) => {
    const lost = strict === null ? undefined : lostHints(route, strict)[0]
    return lost === undefined ? null : `hint:${lost}`
  },
  (route, { providers }) => (passes(providers, route.provider) ? null : 'provider_filter'),
  (route, { models }) => (routeDenial(models, route) === null ? null : 'not_allowed'),
  (route, { jurisdictions }, world) => {
    if (jurisdictions.only === null && jurisdictions.ignore.length === 0) return null
    return passes(jurisdictions, world.jurisdiction(route)) ? null : 'jurisdiction'
  },
  (route, { keyJurisdictions }, world) =>
    keyJurisdictions === null || keyJurisdictions.includes(world.jurisdiction(route))
      ? null
      : 'key_jurisdiction',
  // A price may be known for the future only.
  (route, _, world) => ((world.prices(route)?.segmentAt(world.nowMs) ?? null) === null ? 'no_price' : null),
  (route, { output }) => ((output.maxOutputTokens ?? 0) > route.maxOutputTokens ? 'max_output' : null),
  (route, { surface, output, capabilities, strict }, world) => {
    if (surfaceOf(route, surface) === 'chat') return null
    if (surface.hasFunctions) return 'capability:custom_tools'
    if (capabilities.includes('stop')) return 'capability:stop'
    if (strict?.hints.has('seed') === true) return 'hint:seed'
    const cap = output.maxOutputTokens ?? world.defaultOutputCap
    return cap < LEAST_RESPONSES_OUTPUT ? 'least_output' : null
  },
  (route, { profile, output }, world) => {
    const prompt = world.promptTokens(route, profile)
    // Without a cap of the client's the provider cuts the answer at what room is left; it needs some.
    const room =
      output.maxOutputTokens ?? Math.min(world.expectedOutput(route, output), route.maxOutputTokens)
    return prompt > route.maxPromptTokens || prompt + room > route.contextTokens ? 'context_window' : null
  },
]

/** The first obstacle; null when the route can serve the request, its cost aside. */
export function firstObstacle(route: Route, requirements: Requirements, world: World): Obstacle | null {
  for (const check of CHECKS) {
    const obstacle = check(route, requirements, world)
    if (obstacle !== null) return obstacle
  }
  return null
}

/** Every obstacle, for an error that explains. */
export function allObstacles(route: Route, requirements: Requirements, world: World): readonly Obstacle[] {
  const obstacles = CHECKS.map((check) => check(route, requirements, world)).filter((found) => found !== null)
  const missing = requirements.capabilities
    .filter((name) => !route.capabilities.has(name))
    .map((name) => `capability:${name}`)
  return [...new Set([...obstacles, ...missing])]
}

function passes<Name extends string>({ only, ignore }: NameFilter<Name>, name: Name): boolean {
  return (only === null || only.includes(name)) && !ignore.includes(name)
}

function missingCapability({ capabilities }: Route, needed: readonly Capability[]): Obstacle | null {
  for (const name of needed) if (!capabilities.has(name)) return `capability:${name}`
  return null
}
