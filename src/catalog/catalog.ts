// What there is to route to: models, their routes and prices. Read once at start, never changed.

import type { CacheRules, ProviderName, Route } from '../core/route.ts'
import type { PriceSchedule } from './price-schedule.ts'

export interface Model {
  readonly provider: ProviderName
  readonly id: string
  /** `YYYY-MM-DD`; null while the vendor named no date. */
  readonly retiresOn: string | null
  /** In the region that is configured for the provider; null: not known there, so never routed to. */
  readonly prices: PriceSchedule | null
  readonly tokenizer: string
  /** How its prompts are cached; null where that is not known, or they are not. */
  readonly cache: CacheRules | null
  /** None: a baseline only, as every retired model is. */
  readonly routes: readonly Route[]
}

export interface ProviderFacts {
  readonly id: ProviderName
  readonly region: string
  /** Where inference runs in that region, as an ISO 3166 country code in lower case. */
  readonly jurisdiction: string
  readonly regions: readonly string[]
}

export interface Catalog {
  /** Short digest of the content. */
  readonly version: string
  /** When a person last compared it with the vendors, `YYYY-MM-DD`. */
  readonly checked: string
  /** `YYYY-MM-DD`: the date of the price that was looked up longest ago, of those that requests are routed by. */
  readonly oldestPriceCheck: string
  /** Every route of every model. */
  readonly routes: readonly Route[]
  readonly models: readonly Model[]
  route(id: string): Route | undefined
  /** By `provider/model`; those without routes included. */
  model(id: string): Model | undefined
  /** The route that leaves the provider's own default effort. */
  defaultRoute(modelId: string): Route | undefined
  prices(route: Route): PriceSchedule | null
  jurisdiction(route: Route): string
  provider(id: ProviderName): ProviderFacts
  /** `provider/model` of those that cost nothing, because their price says so. */
  readonly free: readonly string[]
  /** What an operator should look into, as of `nowMs`: one line each. */
  warnings(nowMs: number): readonly string[]
}
