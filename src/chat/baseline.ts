// What the same tokens would have cost on the model that savings are measured against.

import { priceUsage } from '../catalog/price-usage.ts'
import type { Pico } from '../core/money.ts'
import type { Usage } from '../core/usage.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

export interface Baseline {
  readonly baseline: Pico
  readonly baselineModel: string | null
}

export function baselineOf({ catalog }: ChatServices, story: Story, usage: Usage): Baseline {
  const baselineModel = story.requirements.baselineModel
  const prices = baselineModel === null ? null : (catalog.model(baselineModel)?.prices ?? null)
  if (prices === null) return { baseline: 0, baselineModel: null }
  return { baseline: priceUsage(prices, usage, { atMs: story.startedAtMs }).total, baselineModel }
}
