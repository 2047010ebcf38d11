// When a period of a budget begins and ends: at midnight where its time zone is, whatever the clocks there do.

import type { Budget } from '../core/budget.ts'

export interface PeriodSpan {
  readonly fromMs: number
  readonly untilMs: number
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** No time zone is further from UTC. */
const FURTHEST_MS = 15 * HOUR_MS

/** The last span of each kind of period in each time zone: at one moment all budgets of a kind share it. */
const lastSpans = new Map<string, PeriodSpan>()

/** Null for `total`, which never ends. */
export function periodAt(
  { period, timeZone }: Pick<Budget, 'period' | 'timeZone'>,
  atMs: number,
): PeriodSpan | null {
  if (period === 'total') return null
  const kind = `${period} ${timeZone}`
  const last = lastSpans.get(kind)
  if (last !== undefined && atMs >= last.fromMs && atMs < last.untilMs) return last
  const [first, next] = daysOf(period, dayAt(atMs, timeZone))
  const span = { fromMs: midnight(first, timeZone), untilMs: midnight(next, timeZone) }
  lastSpans.set(kind, span)
  return span
}

/** Days since 1970: the first of the period, and the first behind it. */
function daysOf(period: 'day' | 'week' | 'month', today: number): readonly [number, number] {
  if (period === 'day') return [today, today + 1]
  if (period === 'week') {
    // The first of January 1970 was a Thursday; weeks begin on Monday, as ISO 8601 has them.
    const monday = today - ((((today + 3) % 7) + 7) % 7)
    return [monday, monday + 7]
  }
  const date = new Date(today * DAY_MS)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  return [Date.UTC(year, month, 1) / DAY_MS, Date.UTC(year, month + 1, 1) / DAY_MS]
}

/** The first moment of that day: where clocks skip midnight, the first that there is. */
function midnight(day: number, timeZone: string): number {
  let before = day * DAY_MS - FURTHEST_MS
  let from = day * DAY_MS + FURTHEST_MS
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2)
    if (dayAt(middle, timeZone) < day) before = middle
    else from = middle
  }
  return from
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** The date in that time zone, as days since 1970. */
function dayAt(atMs: number, timeZone: string): number {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
    formats.set(timeZone, format)
  }
  const parts = { year: 0, month: 0, day: 0 }
  for (const { type, value } of format.formatToParts(atMs)) {
    if (type === 'year' || type === 'month' || type === 'day') parts[type] = Number(value)
  }
  return Date.UTC(parts.year, parts.month - 1, parts.day) / DAY_MS
}
