// Periods begin at midnight of their time zone, also where the clocks are changed at midnight.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { periodAt } from '../../../src/budgets/period.ts'
import type { BudgetPeriod } from '../../../src/core/budget.ts'

function span(period: BudgetPeriod, timeZone: string, at: string) {
  const found = periodAt({ period, timeZone }, Date.parse(at))
  return found === null ? null : [found.fromMs, found.untilMs].map((ms) => new Date(ms).toISOString())
}

describe('a period', () => {
  it.each([
    ['day', 'UTC', '2026-11-24T12:00:00Z', '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['day', 'UTC', '2026-11-24T00:00:00Z', '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['day', 'Europe/Berlin', '2026-11-24T23:30:00Z', '2026-11-24T23:00:00.000Z', '2026-11-25T23:00:00.000Z'],
    [
      'day',
      'America/Los_Angeles',
      '2026-11-24T07:59:59.999Z',
      '2026-11-23T08:00:00.000Z',
      '2026-11-24T08:00:00.000Z',
    ],
    [
      'day',
      'Pacific/Kiritimati',
      '2026-11-24T12:00:00Z',
      '2026-11-24T10:00:00.000Z',
      '2026-11-25T10:00:00.000Z',
    ],
    ['day', 'Asia/Kathmandu', '2026-11-24T12:00:00Z', '2026-11-23T18:15:00.000Z', '2026-11-24T18:15:00.000Z'],
    // 23 and 25 hours long.
    ['day', 'Europe/Berlin', '2026-03-29T12:00:00Z', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['day', 'Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    // Midnight does not exist: clocks go from 24:00 to 1:00.
    ['day', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-23T22:00:00.000Z', '2026-04-24T21:00:00.000Z'],
    ['week', 'UTC', '2026-11-22T23:59:59Z', '2026-11-16T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['week', 'UTC', '2026-11-23T00:00:00Z', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['month', 'UTC', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['month', 'Asia/Tokyo', '2028-02-29T15:00:00Z', '2028-02-29T15:00:00.000Z', '2028-03-31T15:00:00.000Z'],
  ] as const)('%s in %s at %s', (period, timeZone, at, from, until) => {
    expect(span(period, timeZone, at)).toEqual([from, until])
  })

  it('of total has no end', () => {
    expect(span('total', 'UTC', '2026-11-24T12:00:00Z')).toBeNull()
  })

  it('has every moment in it, and the next begins where it ends', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Asia/Kolkata',
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('day', 'week', 'month'),
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
        (timeZone, period, atMs) => {
          const here = periodAt({ period, timeZone }, atMs)
          if (here === null) throw new Error('no end')
          expect(here.fromMs).toBeLessThanOrEqual(atMs)
          expect(here.untilMs).toBeGreaterThan(atMs)
          expect(periodAt({ period, timeZone }, here.untilMs)?.fromMs).toBe(here.untilMs)
          expect(periodAt({ period, timeZone }, here.untilMs - 1)).toEqual(here)
        },
      ),
      { numRuns: 200 },
    )
  })
})
