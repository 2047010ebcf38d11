// One logged request under other prices and rules: what its own route would cost now, and which route would be taken.
//
// What another route would have cost is the estimate that was kept of it, times how far off the estimate was for the route
// that answered, times how its price changed for these tokens. So an unchanged catalogue changes nothing, to the picodollar.
// A route of which no estimate was kept is priced at the tokens that were used, none of them from a cache.

import type { Pico } from '../../core/money.ts'
import type { Route } from '../../core/route.ts'
import { tierRank } from '../../core/tier.ts'
import { type AttemptCosts, createAttemptCosts } from './attempt-costs.ts'
import { type Case, judge, type Question } from './judge.ts'
import { createRouteNames, type RouteNames, readKeptRequest } from './kept-request.ts'
import { readAsked, type Scene } from './scene.ts'
import type { TrafficAttempt, TrafficRow } from './traffic.ts'

export interface Change {
  readonly before: Scene
  readonly after: Scene
  readonly switchedOn: ReadonlySet<string>
}

export type Rerouted =
  /** Nothing was billed, so there is nothing to compare. */
  | { readonly kind: 'unbilled' }
  /** The names or tiers that it asks for are gone, or nobody is left who could serve it. */
  | { readonly kind: 'refused'; readonly recorded: Pico; readonly from: string }
  | Compared

export interface Compared {
  readonly kind: 'compared'
  readonly recorded: Pico
  readonly from: string
  readonly to: string
  /** On the routes that it took. */
  readonly sameRoutes: Pico
  readonly rerouted: Pico
  /** Less than `rerouted` where a route is cheaper of which it is not known whether it could serve it. */
  readonly atLeast: Pico
  readonly isEstimated: boolean
  /** Whether there was a decision that can be read; without, it stays where it was. */
  readonly isDecided: boolean
}

export type Reroute = (row: TrafficRow, routeIds: readonly string[] | null) => Rerouted

/** Costs within this share of the cheapest count as equal when a route is chosen. */
const TIE_SHARE = 0.01

export function createReroute(change: Change): Reroute {
  const costs = createAttemptCosts(change.before, change.after)
  const lists = new WeakMap<readonly string[], RouteNames>()
  const namesOf = (ids: readonly string[]): RouteNames => {
    let names = lists.get(ids)
    if (names === undefined) lists.set(ids, (names = createRouteNames(change.before, change.after, ids)))
    return names
  }
  return (row, routeIds) => {
    const billed = row.attempts.filter(({ source }) => source !== null)
    const answered = billed.at(-1)
    if (answered === undefined) return { kind: 'unbilled' }
    const recorded = billed.reduce((sum, { cost }) => sum + cost, 0)
    const { route: from, usage, startedAtMs: atMs } = answered
    const neededRank = rankNeeded(change, row)
    if (neededRank === 'gone') return { kind: 'refused', recorded, from }
    const earlier = billed.slice(0, -1).reduce((sum, attempt) => sum + costs.again(attempt), 0)
    const sameRoutes = earlier + costs.again(answered)
    const facts = {
      kind: 'compared' as const,
      recorded,
      from,
      sameRoutes,
      isEstimated: billed.some(isEstimated),
    }
    const names = routeIds === null ? null : namesOf(routeIds)
    const kept = names === null ? null : readKeptRequest(row.decision, names)
    if (names === null || kept === null)
      return { ...facts, to: from, rerouted: sameRoutes, atLeast: sameRoutes, isDecided: false }
    const question: Question = { ...change, usage, atMs, neededRank }
    const choice = choose({ kept, question, answered, costs, names })
    if (choice === null) return { kind: 'refused', recorded, from }
    return {
      ...facts,
      to: choice.route.id,
      rerouted: earlier + choice.cost,
      atLeast: earlier + Math.min(choice.cost, choice.perhaps),
      isDecided: true,
    }
  }
}

function isEstimated({ source }: TrafficAttempt): boolean {
  return source === 'estimated'
}

/** Null for a pinned model. */
function rankNeeded({ before, after }: Change, { requestedModel, tier }: TrafficRow): number | null | 'gone' {
  const now = readAsked(after, requestedModel)
  if (now === null) return 'gone'
  if (now.kind === 'pinned') return null
  const then = readAsked(before, requestedModel)
  // Another tier than that of the name was asked for by the request itself, or is the least of its key.
  const isOfName = then?.kind === 'tier' && then.tier === tier
  return tierRank(isOfName ? now.tier : tier)
}

interface Choosing extends Case {
  readonly answered: TrafficAttempt
  readonly costs: AttemptCosts
  readonly names: RouteNames
}

interface Priced {
  readonly route: Route
  readonly cost: Pico
}

interface Choice extends Priced {
  /** Of the cheapest route of which it is not known whether it could serve the request; Infinity where there is none. */
  readonly perhaps: Pico
}

/** The cheapest, or the route that answered where it is as cheap. Null where nobody can serve it. */
function choose({ kept, question, answered, costs, names }: Choosing): Choice | null {
  const ownRank = kept.rankOf(answered.route)
  const calibration = ownRank === -1 ? 0 : answered.cost / kept.expectedCostAt(ownRank)
  let best: Priced | null = null
  let own: Priced | null = null
  let perhaps = Number.POSITIVE_INFINITY
  for (const [index, route] of question.after.catalog.routes.entries()) {
    const place = names.places[index] ?? -1
    const rank = place === -1 ? -1 : kept.rankAt(place)
    const isOwn = route.id === answered.route
    // Who stood before the route that answered had failed or had no room: it could not serve the request then.
    if (!isOwn && rank !== -1 && (rank < ownRank || kept.isBehindAt(rank))) continue
    const estimate =
      rank === -1 || !Number.isFinite(calibration) ? 0 : kept.expectedCostAt(rank) * calibration
    const cost = isOwn
      ? costs.again(answered)
      : estimate > 0
        ? Math.round(estimate * costs.factor(route, question))
        : null
    // Of most routes their cost says enough.
    if (!isOwn && cost !== null && best !== null && cost >= best.cost) continue
    const judgement = judge(route, place, { kept, question })
    if (judgement === 'no') continue
    const price = cost ?? costs.fresh(route, question)
    if (judgement === 'unknown') {
      perhaps = Math.min(perhaps, price)
      continue
    }
    if (best === null || price < best.cost) best = { route, cost: price }
    if (isOwn) own = { route, cost: price }
  }
  if (best === null) return null
  const chosen = own !== null && own.cost <= best.cost * (1 + TIE_SHARE) ? own : best
  return { ...chosen, perhaps }
}
