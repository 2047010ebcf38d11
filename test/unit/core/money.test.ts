import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkedPico,
  formatPico,
  formatUsd,
  picoFromUsd,
  picoPerToken,
  usdFromPico,
} from '../../../src/core/money.ts'

describe('picoPerToken', () => {
  it.each([
    [0.15, 150_000],
    ['0.003', 3_000],
    [0.000001, 1],
    [50, 50_000_000],
    ['0', 0],
  ])('takes %s USD per million', (price, expected) => {
    expect(picoPerToken(price)).toBe(expected)
  })

  it.each(['0.1234567', '-1', '1e-3', 'free', '', 'Infinity', 'NaN'])('refuses %j', (price) => {
    expect(() => picoPerToken(price)).toThrow(RangeError)
  })

  it('is exact for every price with up to six decimals', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 0, max: 999_999 }),
        (whole, fraction) => {
          expect(picoPerToken(`${whole}.${String(fraction).padStart(6, '0')}`)).toBe(
            whole * 1_000_000 + fraction,
          )
        },
      ),
    )
  })
})

describe('dollars at the edges', () => {
  it('round-trips every amount exactly as text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), (pico) => {
        expect(picoFromUsd(formatUsd(pico))).toBe(pico)
      }),
    )
  })

  it('round-trips every amount up to 4,000 USD as a JSON number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (pico) => {
        expect(Math.round(usdFromPico(pico) * 1e12)).toBe(pico)
      }),
    )
  })

  it('writes an amount of one request as the same number, in digits alone', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (pico) => {
        expect(formatUsd(pico)).toBe(formatUsd(BigInt(pico)))
        expect(Number(formatUsd(pico))).toBe(usdFromPico(pico))
        expect(formatPico(pico)).toMatch(/^-?\d+\.\d{12}$/)
        expect(picoFromUsd(formatPico(pico))).toBe(BigInt(pico))
      }),
    )
    expect(() => formatPico(0.5)).toThrow(RangeError)
  })

  it('shows one picodollar, and none', () => {
    expect(formatUsd(1)).toBe('0.000000000001')
    expect(formatUsd(-1n)).toBe('-0.000000000001')
    expect(formatUsd(0)).toBe('0')
    expect(picoFromUsd(1e-12)).toBe(1n)
    expect(picoFromUsd(1.5)).toBe(1_500_000_000_000n)
  })

  it('refuses what is finer than a picodollar', () => {
    expect(() => picoFromUsd('0.0000000000001')).toThrow(/twelve decimals/)
  })
})

it('checkedPico lets only whole, safe, non-negative amounts through', () => {
  expect(checkedPico(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER)
  for (const wrong of [-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])
    expect(() => checkedPico(wrong)).toThrow(RangeError)
})
