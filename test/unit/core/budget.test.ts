// Amounts and time zones of budgets, as they come from files and requests.

import { describe, expect, it } from 'vitest'
import { isTimeZone, limitFromUsd } from '../../../src/core/budget.ts'

describe('a limit', () => {
  it.each([
    [0, 0n],
    [1, 1_000_000_000_000n],
    [0.1, 100_000_000_000n],
    [12.34, 12_340_000_000_000n],
    [1e-7, 100_000n],
    [1e-12, 1n],
    [1.25e-10, 125n],
    [4_000_000, 4_000_000_000_000_000_000n],
  ])('%d USD', (usd, pico) => {
    expect(limitFromUsd(usd)).toBe(pico)
  })

  it.each([
    -1,
    -1e-12,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e30,
    4_000_000.01,
    1e-13,
    1.5e-12,
    0.1234567890123,
  ])('of %d USD is none', (usd) => {
    expect(limitFromUsd(usd)).toBeNull()
  })
})

it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', '+02:00'])('%s is a time zone', (name) => {
  expect(isTimeZone(name)).toBe(true)
})

it.each(['', 'Mars/Olympus', 'Berlin', 'Europe/Berlin\n', '💰', '25:00'])('%j is none', (name) => {
  expect(isTimeZone(name)).toBe(false)
})
