// What an operator may know of the providers now: gathered from those who hold it, as plain data.

import type { Catalog } from '../catalog/catalog.ts'
import { ratesInForce } from '../catalog/price-usage.ts'
import type { Route } from '../core/route.ts'
import type { Generation } from './generation.ts'

export function readProviderStatus({ config, catalog, planning }: Generation) {
  const { circuits, learning } = planning
  const nowMs = planning.clock.now()
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
        circuit: circuits.status(route),
        firstByteMs: learning.latencies.of(route.id),
        price: priceNow(catalog, route, nowMs),
      })),
  }))
}

function priceNow(catalog: Catalog, route: Route, nowMs: number) {
  const prices = catalog.prices(route)
  return prices?.segmentAt(nowMs) == null ? null : ratesInForce(prices, 1, { atMs: nowMs })
}
