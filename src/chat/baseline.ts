// What the same tokens would have cost on the model that savings are measured against.

import type { Catalog } from '../catalog/catalog.ts'
import { priceUsage } from '../catalog/price-usage.ts'
import type { Pico } from '../core/money.ts'
import type { Usage } from '../core/usage.ts'
import type { Requirements } from '../routing/requirements.ts'

export interface Baseline {
  readonly baseline: Pico
  readonly baselineModel: string | null
}

/** Of the story of a request. */
export interface Measure {
  readonly requirements: Pick<Requirements, 'baselineModel'>
  readonly startedAtMs: number
}

const NONE: Baseline = Object.freeze({ baseline: 0, baselineModel: null })

export function baselineOf(
  { catalog }: { readonly catalog: Catalog },
  { requirements: { baselineModel }, startedAtMs: atMs }: Measure,
  usage: Usage,
): Baseline {
  const prices = baselineModel === null ? null : (catalog.model(baselineModel)?.prices ?? null)
  // A price may be known for the future only.
  if (prices?.segmentAt(atMs) == null) return NONE
  return { baseline: priceUsage(prices, usage, { atMs }).total, baselineModel }
}
