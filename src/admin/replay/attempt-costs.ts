// What logged attempts, and those that might have been made instead, cost at other prices.

import type { Pico } from '../../core/money.ts'
import type { Route } from '../../core/route.ts'
import { promptTokens, type Usage } from '../../core/usage.ts'
import { changedPrices, priceAt, type Scene, type Used } from './scene.ts'
import type { TrafficAttempt } from './traffic.ts'

export interface AttemptCosts {
  /** What the attempt would be billed now; what it was, where its model has no price any more. */
  again(attempt: TrafficAttempt): Pico
  /** How the price of these tokens changed on the route: 1 where it did not, or nobody can tell. */
  factor(route: Route, used: Used): number
  /** Of these tokens, none of them from a cache. */
  fresh(route: Route, used: Used): Pico
}

export function createAttemptCosts(before: Scene, after: Scene): AttemptCosts {
  const changed = changedPrices(before, after)
  const sameRoutes = new Set(
    after.catalog.routes.filter(({ provider, model }) => !changed.has(`${provider}/${model}`)),
  )
  const oldPrice = ({ id }: Route, used: Used): Pico | null => {
    const route = before.catalog.route(id)
    return route === undefined ? null : priceAt(before, route, used)
  }
  const factor = (route: Route, used: Used): number => {
    if (sameRoutes.has(route)) return 1
    const old = oldPrice(route, used)
    const now = priceAt(after, route, used)
    return old === null || old === 0 || now === null ? 1 : now / old
  }
  return {
    factor,
    again({ route: id, usage, startedAtMs, cost }) {
      const route = after.catalog.route(id)
      if (route === undefined || sameRoutes.has(route)) return cost
      const used = { usage, atMs: startedAtMs }
      const now = priceAt(after, route, used)
      // Exact where what was booked is what these tokens cost; else a service tier or an older price was in it.
      if (now !== null && oldPrice(route, used) === cost) return now
      return Math.round(cost * factor(route, used))
    },
    fresh: (route, { usage, atMs }) => priceAt(after, route, { usage: withoutCache(usage), atMs }) ?? 0,
  }
}

function withoutCache(usage: Usage): Usage {
  return { ...usage, freshInput: promptTokens(usage), cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0 }
}
