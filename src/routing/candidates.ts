// Which routes a request may take, as far as that never changes: found once for all requests that ask for the same.

import type { Route } from '../core/route.ts'
import type { NameFilter } from '../openai/chat-request.ts'
import type { Bounds } from './bounds.ts'
import type { ModelRules } from './model-rules.ts'
import { type FixedDemand, fixedObstacle, type Obstacle, type RouteFacts } from './obstacles.ts'
import type { Requirements } from './requirements.ts'
import type { Place } from './route-table.ts'

export interface Candidates {
  /** Nothing fixed is in their way. */
  readonly places: readonly Place[]
  /** By place; null for a candidate, undefined for a route that is none of a pinned model's. */
  readonly obstacles: readonly (Obstacle | null | undefined)[]
}

export interface CandidateMemo {
  of(requirements: Requirements): Candidates
}

/** Requests of an application ask for a handful of things; the bound is for those who ask for something else each time. */
const MAX_REMEMBERED = 1_000
const LONGEST_REMEMBERED = 500

export function createCandidateMemo(routes: readonly Route[], facts: RouteFacts): CandidateMemo {
  const remembered = new Map<string, Candidates>()
  const find = (requirements: Requirements): Candidates => {
    const asked = requirements.pinned?.routes ?? routes
    const obstacles = routes.map((route) =>
      asked === routes || asked.includes(route) ? fixedObstacle(route, requirements, facts) : undefined,
    )
    const places = obstacles.flatMap((obstacle, place) => (obstacle === null ? place : []))
    return { places, obstacles }
  }
  return {
    of(requirements) {
      // Both are rare, and the second asks for much of the request.
      if (requirements.pinned !== null || requirements.strict !== null) return find(requirements)
      const signature = signatureOf(requirements)
      let candidates = remembered.get(signature)
      if (candidates === undefined) {
        candidates = find(requirements)
        if (remembered.size >= MAX_REMEMBERED) remembered.clear()
        if (signature.length <= LONGEST_REMEMBERED) remembered.set(signature, candidates)
      }
      return candidates
    },
  }
}

/** Every part of the demand but `strict`, so that two that differ in any of them are never taken for the same. */
function signatureOf(demand: FixedDemand): string {
  const { neededRank, keyRanks, effort, capabilities, providers, jurisdictions } = demand
  return `${neededRank}|${keyRanks.least}|${keyRanks.most}|${effort}|${capabilities.join()}|${boundsText(demand.bounds)}|${filterText(providers)}|${filterText(jurisdictions)}|${listText(demand.keyJurisdictions)}|${modelsText(demand.models)}`
}

function boundsText(bounds: Bounds): string {
  const { choices, hasTools, stops, stopBytes, imageUrl, imageData, inexactSubsets } = bounds
  return `${choices},${hasTools},${stops},${stopBytes},${imageUrl},${imageData},${inexactSubsets.join()}`
}

function modelsText(models: ModelRules): string {
  return models.allow === null && models.deny.length === 0 ? '' : JSON.stringify(models)
}

function listText(names: readonly string[] | null): string {
  return names === null ? '' : JSON.stringify(names)
}

function filterText({ only, ignore }: NameFilter<string>): string {
  return only === null && ignore.length === 0 ? '' : JSON.stringify([only, ignore])
}
