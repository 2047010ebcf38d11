// Which aggregates answer a report: whole months where they fit, days beside them, hours at the ends.

import { GRAINS, type Grain, isTime, labelOf, nextStart, startOf } from './cubes.ts'
import type { SpendDimension } from './store.ts'

/** Inclusive, exclusive. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface GrainSpan extends Span {
  readonly grain: Grain
}

/** Before then only coarser aggregates are kept; the first moment of a day, and of a month. */
export interface KeptFrom {
  readonly hoursFromMs: number
  readonly daysFromMs: number
}

export function finestGrain(groupBy: readonly SpendDimension[]): Grain {
  if (groupBy.includes('hour')) return 'hour'
  return groupBy.includes('day') ? 'day' : 'month'
}

/** What a report covers: whole hours, or more where those are not kept any more. */
export function coveredSpan({ fromMs, toMs }: Span, kept: KeptFrom): Span {
  const grainAt = (timeMs: number): Grain =>
    timeMs < kept.daysFromMs ? 'month' : timeMs < kept.hoursFromMs ? 'day' : 'hour'
  const last = grainAt(toMs - 1)
  return {
    fromMs: startOf(grainAt(fromMs), fromMs),
    toMs: nextStart(last, startOf(last, toMs - 1)),
  }
}

/** Spans in order of time, neighbours of one grain as one. `span` is one that `coveredSpan` gave. */
export function planSpans(span: Span, finest: Grain, kept: KeptFrom): readonly GrainSpan[] {
  const spans: { grain: Grain; fromMs: number; toMs: number }[] = []
  let fromMs = span.fromMs
  while (fromMs < span.toMs) {
    const grain = coarsestAt(fromMs, { toMs: span.toMs, finest, kept })
    const toMs = nextStart(grain, fromMs)
    const last = spans.at(-1)
    if (last?.grain === grain) last.toMs = toMs
    else spans.push({ grain, fromMs, toMs })
    fromMs = toMs
  }
  return spans
}

interface Choice {
  readonly toMs: number
  readonly finest: Grain
  readonly kept: KeptFrom
}

function coarsestAt(fromMs: number, { toMs, finest, kept }: Choice): Grain {
  const isKept = (grain: Grain): boolean =>
    grain === 'month' || fromMs >= (grain === 'day' ? kept.daysFromMs : kept.hoursFromMs)
  // Where what was asked for is not kept any more, the next coarser one stands in.
  const asked = GRAINS.slice(GRAINS.indexOf(finest)).find(isKept) ?? 'month'
  const fits = (grain: Grain): boolean =>
    isKept(grain) && startOf(grain, fromMs) === fromMs && nextStart(grain, fromMs) <= toMs
  return GRAINS.slice(0, GRAINS.indexOf(asked) + 1).findLast(fits) ?? asked
}

/** What stands in a row for its time: coarser than asked for where the finer is not kept. */
export function timeLabel(dimension: SpendDimension, grain: Grain, startMs: number): string | null {
  if (!isTime(dimension)) return null
  if (dimension === 'day' && grain === 'hour') return labelOf('day', startMs)
  return labelOf(grain, startMs)
}

export function startsIn({ grain, fromMs, toMs }: GrainSpan): readonly number[] {
  const starts: number[] = []
  for (let startMs = fromMs; startMs < toMs; startMs = nextStart(grain, startMs)) starts.push(startMs)
  return starts
}
