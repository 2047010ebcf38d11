// The services as the router sees them at one moment.

import type { Route } from '../core/route.ts'
import type { Usage } from '../core/usage.ts'
import type { CacheExpectation, CacheSubject } from '../routing/cache-affinity.ts'
import { type CandidateMemo, createCandidateMemo } from '../routing/candidates.ts'
import type { OutputShape } from '../routing/expected-output.ts'
import type { RouteFacts } from '../routing/obstacles.ts'
import { createQuoteBook, type Period, type Quotes } from '../routing/quotes.ts'
import { createRouteTable, type Place, type RouteTable } from '../routing/route-table.ts'
import type { TextProfile } from '../routing/text-profile.ts'
import type { World } from '../routing/world.ts'
import type { PlanServices } from './plan-services.ts'

export interface WorldView {
  at(nowMs: number): World
}

export function createWorldView(services: PlanServices): WorldView {
  const { catalog, endpoints, policy } = services
  const facts = {
    isOn: ({ provider }: Route) => endpoints.has(provider),
    jurisdiction: (route: Route) => catalog.jurisdiction(route),
  }
  const fixed: FixedParts = {
    services,
    facts,
    table: createRouteTable(catalog.routes),
    candidates: createCandidateMemo(catalog.routes, facts),
  }
  const quotes = createQuoteBook(catalog.routes.map((route) => catalog.prices(route)))
  return {
    at(nowMs) {
      const period = { nowMs, holdUntilMs: nowMs + policy.longestRequestMs }
      return new LiveWorld(fixed, quotes.at(period), period)
    },
  }
}

/** What is the same at every moment. */
interface FixedParts {
  readonly services: PlanServices
  readonly facts: RouteFacts
  readonly table: RouteTable
  readonly candidates: CandidateMemo
}

class LiveWorld implements World {
  readonly table: RouteTable
  readonly candidates: CandidateMemo
  readonly facts: RouteFacts
  readonly quotes: Quotes
  readonly nowMs: number
  readonly holdUntilMs: number
  readonly defaultOutputCap: number
  readonly #services: PlanServices
  #profile: TextProfile | null = null
  /** Of the profile, by tokenizer. */
  #promptTokens: readonly number[] = []

  constructor({ services, facts, table, candidates }: FixedParts, quotes: Quotes, period: Period) {
    this.table = table
    this.candidates = candidates
    this.facts = facts
    this.quotes = quotes
    this.nowMs = period.nowMs
    this.holdUntilMs = period.holdUntilMs
    this.defaultOutputCap = services.policy.defaultOutputCap
    this.#services = services
  }

  isResting(place: Place): boolean {
    return this.#services.circuits.status(this.#routeAt(place)).state === 'open'
  }

  isShort(place: Place, expected: Usage): boolean {
    return this.#services.allowances.isShort(this.#routeAt(place), expected, this.nowMs)
  }

  promptTokens(place: Place, profile: TextProfile): number {
    if (profile !== this.#profile) {
      const { tokens } = this.#services.learning
      this.#promptTokens = this.table.tokenizers.map((name) => tokens.promptTokens(name, profile))
      this.#profile = profile
    }
    return this.#promptTokens[this.table.tokenizerOf[place] ?? 0] ?? 0
  }

  expectedOutput(place: Place, shape: OutputShape): number {
    return this.#services.learning.output.expected(place, shape)
  }

  cacheExpectation(place: Place, subject: CacheSubject, prompt: number): CacheExpectation {
    const at = { prompt, atMs: this.nowMs }
    return this.#services.learning.cache.expected(this.#routeAt(place), subject, at)
  }

  latencyMs(place: Place): number | null {
    return this.#services.learning.latencies.of(this.#routeAt(place).id)
  }

  #routeAt(place: Place): Route {
    const route = this.table.routes[place]
    if (route === undefined) throw new RangeError(`there is no route at ${place}`)
    return route
  }
}
