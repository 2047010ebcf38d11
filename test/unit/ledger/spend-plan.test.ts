// Months where they fit, days beside them, hours at the ends; and nothing that is not kept.

import { expect, it } from 'vitest'
import { KEPT_ALL } from '../../../src/ledger/read-spend.ts'
import { coveredSpan, planSpans } from '../../../src/ledger/spend-plan.ts'

const at = (text: string): number => Date.parse(`${text}:00Z`)

it('takes months inside, days beside them and hours at the ends', () => {
  const span = coveredSpan({ fromMs: at('2026-01-30T22:10'), toMs: at('2026-04-02T01:30') }, KEPT_ALL)
  expect(planSpans(span, 'month', KEPT_ALL)).toEqual([
    { grain: 'hour', fromMs: at('2026-01-30T22:00'), toMs: at('2026-01-31T00:00') },
    { grain: 'day', fromMs: at('2026-01-31T00:00'), toMs: at('2026-02-01T00:00') },
    { grain: 'month', fromMs: at('2026-02-01T00:00'), toMs: at('2026-04-01T00:00') },
    { grain: 'day', fromMs: at('2026-04-01T00:00'), toMs: at('2026-04-02T00:00') },
    { grain: 'hour', fromMs: at('2026-04-02T00:00'), toMs: at('2026-04-02T02:00') },
  ])
})

it('goes no coarser than the time that is asked for', () => {
  const span = { fromMs: at('2026-01-01T00:00'), toMs: at('2026-03-01T00:00') }
  expect(planSpans(span, 'day', KEPT_ALL)).toEqual([{ grain: 'day', ...span }])
  expect(planSpans(span, 'hour', KEPT_ALL)).toEqual([{ grain: 'hour', ...span }])
})

it('widens to whole days and months where the finer ones are gone', () => {
  const kept = { hoursFromMs: at('2026-03-10T00:00'), daysFromMs: at('2026-02-01T00:00') }
  const cover = (from: string, to: string) => {
    const { fromMs, toMs } = coveredSpan({ fromMs: at(from), toMs: at(to) }, kept)
    return [fromMs, toMs].map((timeMs) => new Date(timeMs).toISOString().slice(0, 16))
  }
  expect(cover('2026-01-15T05:00', '2026-01-16T05:00')).toEqual(['2026-01-01T00:00', '2026-02-01T00:00'])
  expect(cover('2026-02-15T05:00', '2026-02-15T07:00')).toEqual(['2026-02-15T00:00', '2026-02-16T00:00'])
  expect(cover('2026-03-10T05:10', '2026-03-10T07:00')).toEqual(['2026-03-10T05:00', '2026-03-10T07:00'])
  expect(planSpans({ fromMs: at('2026-01-01T00:00'), toMs: at('2026-03-10T02:00') }, 'hour', kept)).toEqual([
    { grain: 'month', fromMs: at('2026-01-01T00:00'), toMs: at('2026-02-01T00:00') },
    { grain: 'day', fromMs: at('2026-02-01T00:00'), toMs: at('2026-03-10T00:00') },
    { grain: 'hour', fromMs: at('2026-03-10T00:00'), toMs: at('2026-03-10T02:00') },
  ])
})

it('has nothing to read where nothing lies between', () => {
  expect(planSpans({ fromMs: 7_200_000, toMs: 7_200_000 }, 'month', KEPT_ALL)).toEqual([])
  expect(planSpans({ fromMs: 7_200_000, toMs: 3_600_000 }, 'hour', KEPT_ALL)).toEqual([])
})
