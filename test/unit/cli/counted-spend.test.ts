// Counters of several processes, added up as Prometheus has scraped them.

import { expect, it } from 'vitest'
import { type CounterPart, type CounterSeries, SpendCount } from '../../../src/cli/counted-spend.ts'

const DAY = Date.UTC(2026, 10, 20)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const PICO = 1_000_000_000_000n

type Samples = CounterSeries['samples']

function process(instance: string, startMs: number, values: Samples): Pick<CounterPart, 'spend' | 'starts'> {
  const job = { job: 'farthing', instance }
  return {
    spend: [{ labels: { ...job, provider: 'openai', model: 'm' }, samples: values }],
    starts: [{ labels: job, samples: values.map(([atMs]) => [atMs, startMs / 1000] as const) }],
  }
}

function count(
  span: { fromMs: number; toMs: number; lastMs: number },
  ...parts: readonly Pick<CounterPart, 'spend' | 'starts'>[]
) {
  const counted = new SpendCount(span)
  for (const part of parts) counted.add({ ...part, replaced: [] })
  return counted.result()
}

const NOON_TO_SIX = { fromMs: DAY + 12 * HOUR, toMs: DAY + 18 * HOUR, lastMs: DAY + 18 * HOUR + 20 * MINUTE }
const END = NOON_TO_SIX.lastMs

it('counts from what a counter was at the beginning, and from zero for a process that began later', () => {
  const old = process('a', DAY, [
    [DAY + 12 * HOUR, 5],
    [DAY + 14 * HOUR, 7],
    [END, 7],
  ])
  const young = process('b', DAY + 13 * HOUR, [
    [DAY + 15 * HOUR, 1],
    [END, 1],
  ])
  const { rows, hasGaps } = count(NOON_TO_SIX, old, young)
  expect(rows).toEqual([{ day: '2026-11-20', provider: 'openai', model: 'm', cost: 3n * PICO, atEdges: 0n }])
  expect(hasGaps).toBe(false)
})

it('a process that began again counts from zero, also where it has overtaken what it was', () => {
  const first = process('a', DAY, [
    [DAY + 12 * HOUR, 2],
    [DAY + 13 * HOUR, 3],
  ])
  const again = process('a', DAY + 13 * HOUR + MINUTE, [[END - 30 * MINUTE, 4]])
  const kept = process('a', DAY + 13 * HOUR + MINUTE, [[END, 4]])
  const { rows, hasGaps } = count(NOON_TO_SIX, first, again, kept)
  expect(rows.map(({ cost }) => cost)).toEqual([5n * PICO])
  expect(hasGaps).toBe(true)
})

it('a kind of spend that a known process has for the first time began at zero', () => {
  const part = process('a', DAY, [
    [DAY + 12 * HOUR, 1],
    [END, 1],
  ])
  const [known] = part.spend
  const spend = [
    ...(known === undefined ? [] : [known]),
    { labels: { ...known?.labels, model: 'n' }, samples: [[DAY + 16 * HOUR, 0.25]] as const },
  ]
  const { rows, hasGaps } = count(NOON_TO_SIX, { ...part, spend })
  expect(rows).toEqual([expect.objectContaining({ model: 'n', cost: PICO / 4n })])
  expect(hasGaps).toBe(false)
})

it('what a process counted before Prometheus knew it, and after it was last scraped, is a gap', () => {
  const late = process('a', DAY, [
    [DAY + 13 * HOUR, 9],
    [DAY + 17 * HOUR, 10],
    [END, 10],
  ])
  expect(count(NOON_TO_SIX, late)).toMatchObject({ rows: [{ cost: PICO }], hasGaps: true })
  const ended = process('a', DAY, [
    [DAY + 12 * HOUR, 1],
    [DAY + 17 * HOUR, 2],
  ])
  expect(count(NOON_TO_SIX, ended)).toMatchObject({ rows: [{ cost: PICO }], hasGaps: true })
})

it('what is counted close to midnight and to the ends may be of either side', () => {
  const span = { fromMs: DAY - 2 * HOUR, toMs: DAY + 2 * HOUR, lastMs: DAY + 2 * HOUR + 20 * MINUTE }
  const { rows } = count(
    span,
    process('a', DAY - 10 * HOUR, [
      [DAY - 2 * HOUR, 0],
      [DAY - 2 * HOUR + 10 * MINUTE, 1],
      [DAY - HOUR, 3],
      [DAY + 5 * MINUTE, 7],
      [DAY + HOUR, 15],
      [DAY + 2 * HOUR + 5 * MINUTE, 31],
      [span.lastMs, 31],
    ]),
  )
  expect(rows.map(({ day, cost, atEdges }) => [day, cost / PICO, atEdges / PICO])).toEqual([
    ['2026-11-19', 3n, 1n + 4n],
    ['2026-11-20', 12n, 4n + 16n],
  ])
})

it('picodollars come through the doubles of Prometheus', () => {
  const { rows } = count(
    NOON_TO_SIX,
    process('a', DAY + 13 * HOUR, [
      [DAY + 14 * HOUR, 0.1 + 0.2],
      [DAY + 15 * HOUR, 123.000000000001],
      [END, 123.000000000001],
    ]),
  )
  expect(rows[0]?.cost).toBe(123n * PICO + 1n)
})
