// What an operator may know of the providers now: gathered from those who hold it, as plain data.

import type { Catalog } from '../catalog/catalog.ts'
import { ratesInForce } from '../catalog/price-usage.ts'
import type { Config } from '../config/config.ts'
import type { Route } from '../core/route.ts'
import type { Circuits } from '../upstream/circuits.ts'
import type { RouteLatencies } from '../upstream/latency.ts'

export interface StatusSources {
  readonly catalog: Catalog
  readonly config: Config
  readonly circuits: Circuits
  readonly latencies: RouteLatencies
  readonly nowMs: number
}

export function readProviderStatus(sources: StatusSources) {
  const { catalog, config } = sources
  return [...config.providers.values()].map(({ id, isOn, offBecause }) => ({
    provider: id,
    isOn,
    offBecause,
    routes: catalog.routes
      .filter((route) => route.provider === id)
      .map((route) => ({
        route: route.id,
        model: route.model,
        effort: route.effort,
        tier: route.tier,
        circuit: sources.circuits.status(route),
        firstByteMs: sources.latencies.of(route.id),
        price: priceNow(sources, route),
      })),
  }))
}

function priceNow({ catalog, nowMs }: StatusSources, route: Route) {
  const prices = catalog.prices(route)
  return prices?.segmentAt(nowMs) == null ? null : ratesInForce(prices, 1, { atMs: nowMs })
}
