// A plan while it is made, and afterwards: the numbers of its candidates side by side, and what is read from them on demand.

import type { Pico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import type { Candidates } from './candidates.ts'
import type { Estimator } from './estimate.ts'
import type { Obstacle } from './obstacles.ts'
import type { Plan, PlannedRoute, RejectedRoute } from './plan.ts'
import type { Place } from './route-table.ts'

/** Costs within this share of each other count as equal: estimates are no better than that. */
const TIE_SHARE = 0.01

// The numbers of one candidate, side by side: a plan keeps dozens of them for as long as its request lives.
const PLACE = 0
const EXPECTED_COST = 1
const WORST_CASE = 2
const FRESH_INPUT = 3
const CACHE_READ = 4
const CACHE_WRITE = 5
const OUTPUT = 6
const OUTPUT_CAP = 7
const IS_BEHIND = 8
const NUMBERS = 9
const NO_CAP = -1

/** Of doubles from the start: a list that begins with whole numbers is made anew as soon as it gets another. */
let blank: readonly number[] = []

function roomFor(count: number): number[] {
  if (blank.length < count) blank = Array.from({ length: count }, () => 0.5)
  return blank.slice(0, count)
}

export class DraftPlan implements Plan {
  readonly #routes: readonly Route[]
  readonly #candidates: Candidates
  readonly #numbers: number[]
  /** Candidates by rank, each by where its numbers begin. */
  readonly #order: number[] = []
  #hasBehind = false
  #late: Map<Place, RejectedRoute> | null = null
  #chosen: readonly [PlannedRoute, ...PlannedRoute[]] | null = null

  constructor(routes: readonly Route[], candidates: Candidates, numbers?: number[]) {
    this.#routes = routes
    this.#candidates = candidates
    this.#numbers = numbers ?? roomFor(candidates.places.length * NUMBERS)
  }

  without(isOut: (route: Route) => boolean): Plan | null {
    const left = new DraftPlan(this.#routes, this.#candidates, this.#numbers)
    // Its verdicts are not those of other plans with the same candidates.
    left.#late = this.#late ?? new Map()
    for (const [rank, start] of this.#order.entries()) if (!isOut(this.routeAt(rank))) left.#order.push(start)
    return left.size === 0 ? null : left
  }

  get size(): number {
    return this.#order.length
  }

  at(rank: number): PlannedRoute {
    const start = this.#startOf(rank)
    const cap = this.#number(start + OUTPUT_CAP)
    const place = this.#number(start + PLACE)
    return {
      place,
      route: this.#routeAt(place),
      usage: {
        freshInput: this.#number(start + FRESH_INPUT),
        cacheRead: this.#number(start + CACHE_READ),
        cacheWrite: this.#number(start + CACHE_WRITE),
        cacheWriteLong: 0,
        output: this.#number(start + OUTPUT),
        reasoning: 0,
      },
      expectedCost: this.#number(start + EXPECTED_COST),
      worstCase: this.#number(start + WORST_CASE),
      outputCap: cap === NO_CAP ? null : cap,
    }
  }

  expectedCostAt(rank: number): Pico {
    return this.#number(this.#startOf(rank) + EXPECTED_COST)
  }

  worstCaseAt(rank: number): Pico {
    return this.#number(this.#startOf(rank) + WORST_CASE)
  }

  *[Symbol.iterator](): Iterator<PlannedRoute> {
    for (let rank = 0; rank < this.size; rank++) yield this.at(rank)
  }

  get chosen(): readonly [PlannedRoute, ...PlannedRoute[]] {
    this.#chosen ??= [this.at(0), ...this.#order.slice(1).map((_, before) => this.at(before + 1))]
    return this.#chosen
  }

  get rejected(): readonly RejectedRoute[] {
    return this.#routes.flatMap((route, place) => {
      const reason = this.#candidates.obstacles[place]
      return this.#late?.get(place) ?? (reason == null ? [] : { route, reason, worstCase: null })
    })
  }

  get verdicts(): Candidates | null {
    return this.#late === null ? this.#candidates : null
  }

  isBehindAt(rank: number): boolean {
    return this.#number(this.#startOf(rank) + IS_BEHIND) === 1
  }

  placeAt(rank: number): Place {
    return this.#number(this.#startOf(rank) + PLACE)
  }

  routeAt(rank: number): Route {
    return this.#routeAt(this.placeAt(rank))
  }

  /** What the planner found out about the route at this place. `isBehind`: it comes after all that are not. */
  add(place: Place, { usage, expectedCost, worstCase, outputCap }: Estimator, isBehind: boolean): void {
    const numbers = this.#numbers
    const start = this.#order.length * NUMBERS
    numbers[start + PLACE] = place
    numbers[start + EXPECTED_COST] = expectedCost
    numbers[start + WORST_CASE] = worstCase
    numbers[start + FRESH_INPUT] = usage.freshInput
    numbers[start + CACHE_READ] = usage.cacheRead
    numbers[start + CACHE_WRITE] = usage.cacheWrite
    numbers[start + OUTPUT] = usage.output
    numbers[start + OUTPUT_CAP] = outputCap ?? NO_CAP
    numbers[start + IS_BEHIND] = Number(isBehind)
    this.#hasBehind ||= isBehind
    this.#order.push(start)
  }

  reject(place: Place, reason: Obstacle, worstCase: Pico | null): void {
    this.#late ??= new Map()
    this.#late.set(place, { route: this.#routeAt(place), reason, worstCase })
  }

  /**
   * By expected cost; among those within 1 % of the cheapest left, by latency: the unknown last. Then those that their
   * provider would refuse now go behind the others.
   */
  rank(latencyMs: (place: Place) => number | null): void {
    const { size } = this
    this.#sort(0, size, (start) => this.#number(start + EXPECTED_COST))
    for (let first = 0; first < size; ) {
      const limit = this.expectedCostAt(first) * (1 + TIE_SHARE)
      let end = first + 1
      while (end < size && this.expectedCostAt(end) <= limit) end++
      if (end > first + 1)
        this.#sort(first, end, (start) => latencyMs(this.#number(start + PLACE)) ?? Number.MAX_VALUE)
      first = end
    }
    if (this.#hasBehind) this.#sort(0, size, (start) => this.#number(start + IS_BEHIND))
  }

  /** Stable, and by insertion: the few dozen of a plan are sorted faster so than by any other way. */
  #sort(first: number, end: number, keyOf: (start: number) => number): void {
    const order = this.#order
    for (let next = first + 1; next < end; next++) {
      const start = order[next] ?? 0
      const key = keyOf(start)
      let hole = next
      for (; hole > first && keyOf(order[hole - 1] ?? 0) > key; hole--) order[hole] = order[hole - 1] ?? 0
      order[hole] = start
    }
  }

  #startOf(rank: number): number {
    const start = this.#order[rank]
    if (start === undefined)
      throw new RangeError(`a plan of ${this.#order.length} routes has none at ${rank}`)
    return start
  }

  #routeAt(place: Place): Route {
    const route = this.#routes[place]
    if (route === undefined) throw new RangeError(`there is no route at ${place}`)
    return route
  }

  #number(at: number): number {
    return this.#numbers[at] ?? 0
  }
}
