// A spend report of any store: the fewest aggregates that cover it, and the sums of hours that are no aggregates yet.

import { type Cube, nextStart, startOf } from './cubes.ts'
import { createSpendGroups, type HourlySums, type SpendGroups } from './group-spend.ts'
import {
  coveredSpan,
  finestGrain,
  type GrainSpan,
  type KeptFrom,
  planSpans,
  type Span,
} from './spend-plan.ts'
import type { SpendQuery, SpendRow } from './store.ts'

/** One state of a store's sums. */
export interface SumsView {
  kept(): Promise<KeptFrom>
  /** The first moments of the first and the last month that have aggregates; null where none has. */
  months(): Promise<{ readonly firstMs: number; readonly lastMs: number } | null>
  blocks(
    cube: Cube,
    span: GrainSpan,
  ): Promise<readonly { readonly startMs: number; readonly block: Uint8Array }[]>
  names(cube: Cube): Promise<readonly string[]>
  /** Hours that are not rolled up yet, and what came later for those that are. */
  openHours(span: Span, onSums: (sums: HourlySums) => void): Promise<void>
}

export async function readSpend(view: SumsView, query: SpendQuery): Promise<readonly SpendRow[]> {
  const groups = createSpendGroups(query)
  const kept = await view.kept()
  const span = coveredSpan(query, kept)
  await view.openHours(span, (sums) => groups.add(sums))
  const months = await view.months()
  if (months !== null) {
    const rolledUp = {
      fromMs: Math.max(span.fromMs, months.firstMs),
      toMs: Math.min(span.toMs, nextStart('month', months.lastMs)),
    }
    await addAggregates(view, groups, planSpans(rolledUp, finestGrain(query.groupBy), kept))
  }
  return groups.rows()
}

async function addAggregates(
  view: SumsView,
  groups: SpendGroups,
  spans: readonly GrainSpan[],
): Promise<void> {
  if (spans.length === 0) return
  const { cube } = groups
  const names = await view.names(cube)
  for (const span of spans)
    for (const { startMs, block } of await view.blocks(cube, span))
      groups.addCells({ grain: span.grain, startMs, block }, names)
}

/** Everything from then on is kept by the hour. */
export const KEPT_ALL: KeptFrom = {
  hoursFromMs: Number.NEGATIVE_INFINITY,
  daysFromMs: Number.NEGATIVE_INFINITY,
}

/** The moments from which hours and days stay, when those before these two are dropped. */
export function keptAfterDropping(kept: KeptFrom, drop: KeptFrom): KeptFrom {
  const daysFromMs = Math.max(kept.daysFromMs, startOf('month', drop.daysFromMs))
  const hoursFromMs = Math.max(kept.hoursFromMs, startOf('day', drop.hoursFromMs), daysFromMs)
  return { hoursFromMs, daysFromMs }
}
