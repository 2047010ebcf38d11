// Rows of spend as the chart draws them: every bucket has a value, every row is in one series, stacks add up.

import { describe, expect, it } from 'vitest'
import { findRange, RANGES } from '../../../src/ui/spend-ranges.ts'
import { addUp, buildSeries, OTHERS, stackUp, type TimedRow } from '../../../src/ui/spend-series.ts'

const HOUR_MS = 3_600_000
const FROM_MS = Date.parse('2026-11-25T00:00:00Z')
const DAY = { fromMs: FROM_MS, toMs: FROM_MS + 3 * HOUR_MS, stepMs: HOUR_MS }

const row = (hour: number, group: string | null, cost: number): TimedRow => ({
  time: `2026-11-25T0${hour}:00Z`,
  group,
  cost,
  baseline: cost * 2,
})

describe('series', () => {
  it('are the groups, dearest first, with nothing where nothing was spent', () => {
    const { times, series, costs, baselines } = buildSeries(
      [row(0, 'a', 1), row(2, 'b', 5), row(2, null, 2)],
      DAY,
    )
    expect(times).toEqual([0, 1, 2].map((hour) => FROM_MS / 1000 + hour * 3600))
    expect(series).toEqual([
      { name: 'b', costs: [0, 0, 5] },
      { name: 'none', costs: [0, 0, 2] },
      { name: 'a', costs: [1, 0, 0] },
    ])
    expect([costs, baselines]).toEqual([
      [1, 0, 7],
      [2, 0, 14],
    ])
  })

  it('beyond what colours tell apart are one, and nothing is left out', () => {
    const rows = Array.from({ length: 12 }, (_, index) => row(1, `group ${index}`, 100 - index))
    const { series, costs } = buildSeries(rows, DAY)
    expect(series.length).toBe(8)
    expect(series.at(-1)).toEqual({ name: OTHERS, costs: [0, 93 + 92 + 91 + 90 + 89, 0] })
    expect(series.reduce((sum, one) => sum + (one.costs[1] ?? 0), 0)).toBe(costs[1])
  })

  it('leave out what is of another time', () => {
    expect(buildSeries([row(5, 'a', 1)], DAY).costs).toEqual([0, 0, 0])
  })

  it('stand on each other, the topmost first', () => {
    expect(stackUp([{ costs: [1, 2] }, { costs: [10, 0] }, { costs: [100, 5] }])).toEqual([
      [111, 7],
      [11, 2],
      [1, 2],
    ])
    expect(addUp([1, 2, 3])).toEqual([1, 3, 6])
  })
})

function buckets(name: string): number {
  const range = findRange(name)
  const { from, toMs } = range.span(Date.parse('2026-11-25T09:31:02.114Z'))
  return Math.ceil((toMs - Date.parse(from)) / range.stepMs)
}

describe('periods', () => {
  it.each(RANGES)('$label begin with a whole hour or day, and end now', (range) => {
    const nowMs = Date.parse('2026-11-25T09:31:02.114Z')
    const { from, toMs } = range.span(nowMs)
    expect(toMs).toBe(nowMs)
    expect(Date.parse(from) % range.stepMs).toBe(0)
    expect(range.stepMs).toBe(range.isHourly ? HOUR_MS : 24 * HOUR_MS)
  })

  it('have as many buckets as they say', () => {
    expect(['24h', '7d', '30d', 'month', 'what'].map(buckets)).toEqual([24, 7, 30, 25, 24])
  })
})
