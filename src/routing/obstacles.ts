// What stands in the way of a route for a request: one check per row, the cheapest and commonest first. Fixed ones depend
// on nothing that ever changes while the gateway runs; moving ones on the prompt, on prices, on what was learned.

import { honoursEffort, lostHints } from '../core/hints.ts'
import type { Capability, Route } from '../core/route.ts'
import { isAlwaysChat, LEAST_RESPONSES_OUTPUT, surfaceOf } from '../core/surface.ts'
import { tierRank } from '../core/tier.ts'
import type { NameFilter } from '../openai/chat-request.ts'
import { exceededBound } from './bounds.ts'
import { routeDenial } from './model-rules.ts'
import { expectedPrompt } from './prompt-tokens.ts'
import type { Requirements } from './requirements.ts'
import type { Place } from './route-table.ts'
import type { World } from './world.ts'

/** A closed set, for verdicts that are kept and counted. */
export type Obstacle = string

/** What is fixed about routes besides themselves. */
export interface RouteFacts {
  /** Whether its provider is. */
  isOn(route: Route): boolean
  jurisdiction(route: Route): string
}

/** All that a fixed check may ask of a request: candidates.ts remembers verdicts by it. */
export type FixedDemand = Pick<
  Requirements,
  | 'neededRank'
  | 'keyRanks'
  | 'effort'
  | 'capabilities'
  | 'bounds'
  | 'strict'
  | 'providers'
  | 'jurisdictions'
  | 'keyJurisdictions'
  | 'models'
>

type FixedCheck = (route: Route, demand: FixedDemand, facts: RouteFacts) => Obstacle | null

const FIXED_CHECKS: readonly FixedCheck[] = [
  (route, { neededRank }) => (tierRank(route.tier) < neededRank ? 'tier' : null),
  (route, { keyRanks }) => {
    const rank = tierRank(route.tier)
    return rank < keyRanks.least || rank > keyRanks.most ? 'key_tier' : null
  },
  (route, _, facts) => (facts.isOn(route) ? null : 'off'),
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
  (route, { jurisdictions }, facts) => {
    if (jurisdictions.only === null && jurisdictions.ignore.length === 0) return null
    return passes(jurisdictions, facts.jurisdiction(route)) ? null : 'jurisdiction'
  },
  (route, { keyJurisdictions }, facts) =>
    keyJurisdictions === null || keyJurisdictions.includes(facts.jurisdiction(route))
      ? null
      : 'key_jurisdiction',
]

/** The first of the fixed ones; null where there is none. */
export function fixedObstacle(route: Route, demand: FixedDemand, facts: RouteFacts): Obstacle | null {
  for (const check of FIXED_CHECKS) {
    const obstacle = check(route, demand, facts)
    if (obstacle !== null) return obstacle
  }
  return null
}

type MovingCheck = (place: Place, requirements: Requirements, world: World) => Obstacle | null

const isResting: MovingCheck = (place, _, world) => (world.isResting(place) ? 'circuit_open' : null)

const isRetired: MovingCheck = (place, _, { table, nowMs }) =>
  nowMs >= (table.servedUntilMs[place] ?? 0) ? 'retired' : null

// A price may be known for the future only.
const isUnpriced: MovingCheck = (place, _, { quotes }) => (quotes.isPriced(place) ? null : 'no_price')

const wantsMoreOutput: MovingCheck = (place, { output }, { table }) =>
  (output.maxOutputTokens ?? 0) > (table.maxOutputTokens[place] ?? 0) ? 'max_output' : null

const doesNotFitSurface: MovingCheck = (place, { surface, output, capabilities, strict }, world) => {
  // Fits every route, and none has to be looked at.
  if (isAlwaysChat(surface) && !surface.hasResultMedia) return null
  const route = world.table.routes[place]
  if (route === undefined) return null
  if (surfaceOf(route, surface) === 'chat')
    return surface.hasResultMedia && route.traits.textResults ? 'limit:result_media' : null
  if (surface.hasFunctions) return 'capability:custom_tools'
  if (capabilities.includes('stop')) return 'capability:stop'
  if (strict?.hints.has('seed') === true) return 'hint:seed'
  const cap = output.maxOutputTokens ?? world.defaultOutputCap
  return cap < LEAST_RESPONSES_OUTPUT ? 'least_output' : null
}

const isTooLong: MovingCheck = (place, requirements, world) => {
  const { output } = requirements
  const { table } = world
  const prompt = expectedPrompt(place, requirements, world)
  // Without a cap of the client's the provider cuts the answer at what room is left; it needs some.
  const room =
    output.maxOutputTokens ?? Math.min(world.expectedOutput(place, output), table.maxOutputTokens[place] ?? 0)
  const fits =
    prompt <= (table.maxPromptTokens[place] ?? 0) && prompt + room <= (table.contextTokens[place] ?? 0)
  return fits ? null : 'context_window'
}

/** The first of the moving ones; null where there is none: the route can serve the request, its cost aside. */
export function movingObstacle(place: Place, requirements: Requirements, world: World): Obstacle | null {
  return (
    isResting(place, requirements, world) ??
    isRetired(place, requirements, world) ??
    isUnpriced(place, requirements, world) ??
    wantsMoreOutput(place, requirements, world) ??
    doesNotFitSurface(place, requirements, world) ??
    isTooLong(place, requirements, world)
  )
}

const MOVING_CHECKS = [isResting, isRetired, isUnpriced, wantsMoreOutput, doesNotFitSurface, isTooLong]

/** Every obstacle, for an error that explains. */
export function allObstacles(route: Route, requirements: Requirements, world: World): readonly Obstacle[] {
  const place = world.table.placeOf(route)
  const obstacles = [
    ...FIXED_CHECKS.map((check) => check(route, requirements, world.facts)),
    ...MOVING_CHECKS.map((check) => check(place, requirements, world)),
  ].filter((found) => found !== null)
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
