// What a replay routes by: a catalogue with the names and the providers of a configuration, before a change and after it.

import type { Catalog } from '../../catalog/catalog.ts'
import { priceTotal } from '../../catalog/price-usage.ts'
import type { Pico } from '../../core/money.ts'
import type { Route } from '../../core/route.ts'
import type { Tier } from '../../core/tier.ts'
import type { Usage } from '../../core/usage.ts'
import { type AliasTable, readRequestedModel } from '../../routing/requested-model.ts'

export interface Scene {
  readonly catalog: Catalog
  readonly aliases: AliasTable
  readonly defaultTier: Tier
  /** Providers that no request goes to. */
  readonly disabled: ReadonlySet<string>
}

/** `pinned`: exactly one model. Null: there is no such name. */
export type Asked = { readonly kind: 'tier'; readonly tier: Tier } | { readonly kind: 'pinned' } | null

export function readAsked(scene: Scene, requestedModel: string): Asked {
  try {
    const asked = readRequestedModel(requestedModel, scene)
    return asked.kind === 'pinned' ? { kind: 'pinned' } : { kind: 'tier', tier: asked.tier }
  } catch {
    return null
  }
}

/** Null where no price is in force then. */
export function priceAt({ catalog }: Scene, route: Route, { usage, atMs }: Used): Pico | null {
  const prices = catalog.prices(route)
  return prices === null || prices.segmentAt(atMs) === null ? null : priceTotal(prices, usage, { atMs })
}

/** Tokens, and when they were asked for. */
export interface Used {
  readonly usage: Usage
  readonly atMs: number
}

/** By model, `provider/model`: whether anything of its prices differs between the two. */
export function changedPrices(before: Scene, after: Scene): ReadonlySet<string> {
  const names = new Set([before, after].flatMap(({ catalog }) => catalog.models.map(nameOf)))
  return new Set([...names].filter((name) => sheetsOf(before, name) !== sheetsOf(after, name)))
}

function nameOf({ provider, id }: { readonly provider: string; readonly id: string }): string {
  return `${provider}/${id}`
}

/** All that decides what is charged; where a price is from, and when it was looked up, does not. */
function sheetsOf({ catalog }: Scene, name: string): string {
  const sheets = catalog.model(name)?.prices?.sheets ?? []
  return JSON.stringify(
    sheets.map(({ fromMs, base, window }) => ({ fromMs, base, window })),
    (_, value: unknown) => (value instanceof Map || value instanceof Set ? [...value] : value),
  )
}
