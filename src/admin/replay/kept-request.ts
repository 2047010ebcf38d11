// The verdicts on a logged request, with the routes that they are about: a list of ids is looked up once for all decisions
// that name routes by their place in it.

import type { Capability, Route } from '../../core/route.ts'
import { KEPT_NUMBERS, type KeptPlan, readKeptPlan } from '../../routing/decision.ts'
import type { Scene } from './scene.ts'

/** A list of routes as decisions name them, seen from another catalogue. */
export interface RouteNames {
  readonly ids: readonly string[]
  readonly placeOf: ReadonlyMap<string, number>
  /** By place; undefined where neither catalogue has the route any more. */
  readonly routes: readonly (Route | undefined)[]
  /** Where the routes of the catalogue after the change stand in the list, in its order; -1 for those that do not. */
  readonly places: readonly number[]
}

export function createRouteNames(before: Scene, after: Scene, ids: readonly string[]): RouteNames {
  const placeOf = new Map(ids.map((id, place) => [id, place]))
  return {
    ids,
    placeOf,
    routes: ids.map((id) => after.catalog.route(id) ?? before.catalog.route(id)),
    places: after.catalog.routes.map(({ id }) => placeOf.get(id) ?? -1),
  }
}

export class KeptRequest {
  readonly #plan: KeptPlan
  readonly #names: RouteNames
  readonly #rankAt: Int16Array
  #eligible: readonly Route[] | null = null
  #needed: readonly Capability[] | null = null
  #reasons: ReadonlySet<string> | null = null

  constructor(plan: KeptPlan, names: RouteNames) {
    this.#plan = plan
    this.#names = names
    this.#rankAt = new Int16Array(names.ids.length).fill(-1)
    for (let at = 0; at < plan.eligible.length; at += KEPT_NUMBERS)
      this.#rankAt[plan.eligible[at] ?? 0] = at / KEPT_NUMBERS
  }

  /** Among those that could serve it; -1 for one that could not. */
  rankAt(place: number): number {
    return this.#rankAt[place] ?? -1
  }

  /** The rank of a route by its id. */
  rankOf(routeId: string): number {
    return this.rankAt(this.#names.placeOf.get(routeId) ?? -1)
  }

  expectedCostAt(rank: number): number {
    return this.#plan.eligible[rank * KEPT_NUMBERS + 1] ?? 0
  }

  isBehindAt(rank: number): boolean {
    return this.#plan.eligible[rank * KEPT_NUMBERS + 2] === 1
  }

  /** Why the route could not; null where nobody asked. */
  reasonAt(place: number): string | null {
    return this.#plan.reasonAt(place)
  }

  /** Those that could serve it, of which there is still something known. */
  get eligible(): readonly Route[] {
    this.#eligible ??= this.#names.routes.flatMap((route, place) =>
      route === undefined || this.rankAt(place) === -1 ? [] : route,
    )
    return this.#eligible
  }

  /** What all of them can do: more it cannot have needed, and it may have needed all of it. */
  get needed(): readonly Capability[] {
    const [first, ...others] = this.eligible
    this.#needed ??= [...(first?.capabilities ?? [])].filter((name) =>
      others.every(({ capabilities }) => capabilities.has(name)),
    )
    return this.#needed
  }

  /** Every reason against any route, once. */
  get reasons(): ReadonlySet<string> {
    this.#reasons ??= new Set(this.#names.ids.flatMap((_, place) => this.#plan.reasonAt(place) ?? []))
    return this.#reasons
  }
}

/** Null where the text is no decision. */
export function readKeptRequest(decision: string, names: RouteNames): KeptRequest | null {
  const plan = readKeptPlan(decision)
  return plan === null ? null : new KeptRequest(plan, names)
}
