import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../../src/admin/parse-instant.ts'
import { readPeriod } from '../../../src/admin/period.ts'

describe('parseInstant', () => {
  it.each([
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2026-11-24T09:30Z', '2026-11-24T09:30:00.000Z'],
    ['2026-11-24T09:30:15.5Z', '2026-11-24T09:30:15.500Z'],
    ['2026-11-24T09:30:00+08:00', '2026-11-24T01:30:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['1795478400', '2026-11-24T00:00:00.000Z'],
    [1795478400, '2026-11-24T00:00:00.000Z'],
    ['1795478400000', '2026-11-24T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(new Date(parseInstant(text, 'from')).toISOString()).toBe(expected)
  })

  it.each([
    '',
    'yesterday',
    '2026-11',
    '24.11.2026',
    '2026-02-31',
    '2026-13-01',
    '2026-11-24T25:00Z',
    '2026-11-24T09:30',
    '-5',
    '1e9',
    '99999999999999',
  ])('refuses %j, naming the field and what would be right', (text) => {
    expect(() => parseInstant(text, 'from')).toThrow(
      /^"from" is not a moment; write 2026-11-24 \(midnight UTC\)/,
    )
  })
})

describe('readPeriod', () => {
  const nowMs = Date.parse('2026-11-24T12:00:00Z')

  it('is the last 30 days when nothing is asked for', () => {
    const { fromMs, toMs } = readPeriod({}, nowMs)
    expect(toMs).toBe(nowMs + 1)
    expect(toMs - fromMs).toBe(30 * 24 * 3_600_000)
  })

  it('is 30 days up to a given end', () => {
    expect(new Date(readPeriod({ to: '2026-03-31' }, nowMs).fromMs).toISOString()).toBe(
      '2026-03-01T00:00:00.000Z',
    )
  })

  it('refuses one that ends before it begins, or has not begun', () => {
    expect(() => readPeriod({ from: '2026-11-02', to: '2026-11-02' }, nowMs)).toThrow(
      '"from" must be before "to"',
    )
    expect(() => readPeriod({ from: '2026-11-25' }, nowMs)).toThrow('"from" must be before now')
  })
})
