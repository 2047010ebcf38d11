// Numbers as the page shows them: rounded for reading, and never to something else than they are.

import { describe, expect, it } from 'vitest'
import {
  decimalsFor,
  exactUsd,
  formatDuration,
  formatRecent,
  formatShare,
  formatTick,
  formatUntil,
  formatUsd,
  priceDecimals,
} from '../../../src/ui/amounts.ts'

describe('dollars', () => {
  it.each([
    [0, '$0.00'],
    [0.000190536, '$0.0001905'],
    [7.273364, '$7.273'],
    [1234.5, '$1,234.50'],
    [12_345_678.9, '$12,345,678.90'],
    [-0.25, '−$0.2500'],
    [1e-12, '<$0.000000001'],
  ])('%d is shown as %s', (amount, shown) => {
    expect(formatUsd(amount)).toBe(shown)
  })

  it('that are not nothing are not shown as nothing in a column of large ones', () => {
    expect(formatUsd(0.0004, 2)).toBe('<$0.01')
    expect(formatUsd(-0.0004, 2)).toBe('−<$0.01')
    expect(formatUsd(0, 2)).toBe('$0.00')
    expect(formatUsd(0.005, 2)).toBe('$0.01')
  })

  it('of a column have the decimals that its largest needs', () => {
    expect(decimalsFor([])).toBe(2)
    expect(decimalsFor([0, 0])).toBe(2)
    expect(decimalsFor([0.0004, 12])).toBe(2)
    expect(decimalsFor([0.0004, -0.02])).toBe(5)
    expect(decimalsFor([1e-12])).toBe(9)
  })

  it('are exact to the picodollar beside it', () => {
    expect(exactUsd(0.000190536)).toBe('0.000190536')
    expect(exactUsd(1e-12)).toBe('0.000000000001')
    expect(exactUsd(100)).toBe('100')
    expect(exactUsd(0)).toBe('0')
    expect(exactUsd(-0.5)).toBe('-0.5')
  })

  it('of prices and axes have no more decimals than they need', () => {
    expect(priceDecimals([0.25, 3.125, 10])).toBe(3)
    expect(priceDecimals([1, 2])).toBe(2)
    expect([
      formatTick(0.006, 0.002),
      formatTick(3, 1),
      formatTick(1500, 500),
      formatTick(0.15, 0.05),
    ]).toEqual(['$0.006', '$3', '$1,500', '$0.15'])
  })
})

it('shares are percents', () => {
  expect([0, 0.0001, 0.123, 0.9999, 1, -0.5, Number.NaN, Infinity].map(formatShare)).toEqual([
    '0 %',
    '<0.1 %',
    '12.3 %',
    '100 %',
    '100 %',
    '−50.0 %',
    '–',
    '–',
  ])
})

it('times are as long as they need to be', () => {
  expect([0, 0.25, 12.4, 2756, 65_000].map(formatDuration)).toEqual([
    '0 ms',
    '0.25 ms',
    '12 ms',
    '2,756 ms',
    '65.0 s',
  ])
  const nowMs = Date.parse('2026-11-25T12:00:00Z')
  expect(formatRecent('2026-11-25T09:30:01.114Z', nowMs)).toBe('09:30:01')
  expect(formatRecent('2026-11-24T09:30:01.114Z', nowMs)).toBe('2026-11-24 09:30:01')
  expect(formatUntil('2026-11-25T12:12:00Z', nowMs)).toBe('12 min')
  expect(formatUntil('2026-11-26T00:00:00Z', nowMs)).toBe('12 h 0 min')
  expect(formatUntil('2026-12-01T00:00:00Z', nowMs)).toBe('5 d 12 h')
  expect(formatUntil('2026-11-25T11:00:00Z', nowMs)).toBe('0 min')
})
