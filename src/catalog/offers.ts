// What each model that can be routed to is offered at now: its price in force, whether a window makes it, and how long
// the vendor still sells it.

import type { Pico } from '../core/money.ts'
import type { ProviderName } from '../core/route.ts'
import type { Catalog, Model } from './catalog.ts'
import { ratesInForce } from './price-usage.ts'

export interface Offer {
  readonly provider: ProviderName
  readonly model: string
  /** Picodollars per token of a short prompt; null: no price in force, so it is never routed to. */
  readonly price: OfferedPrice | null
  /** Whether a window's price is in force; null where its sheet has no window. */
  readonly isWindowOpen: boolean | null
  /** Null while the vendor named no date. */
  readonly retiresAtMs: number | null
}

export interface OfferedPrice {
  readonly input: Pico
  readonly cachedInput: Pico
  readonly cacheWrite: Pico
  readonly output: Pico
}

export function readOffers(catalog: Catalog, nowMs: number): readonly Offer[] {
  return catalog.models.filter(({ routes }) => routes.length > 0).map((model) => readOffer(model, nowMs))
}

function readOffer({ provider, id, prices, retiresOn }: Model, nowMs: number): Offer {
  const segment = prices?.segmentAt(nowMs) ?? null
  const window = prices?.sheets.findLast(({ fromMs }) => fromMs <= nowMs)?.window ?? null
  return {
    provider,
    model: id,
    price: prices === null || segment === null ? null : ratesInForce(prices, 1, { atMs: nowMs }),
    isWindowOpen: window === null ? null : segment?.brackets === window.brackets,
    retiresAtMs: retiresOn === null ? null : Date.parse(retiresOn),
  }
}
