import { describe, expect, it } from 'vitest'
import { chargePico } from '../../../src/simulator/price.ts'
import { deepseekFlash, haiku } from './sample-models.ts'

const none = { input: 0, cachedInput: 0, cacheWrite: 0, cacheWriteLong: 0, output: 0, reasoning: 0 }
const million = { ...none, input: 1_000_000 }

/** Price of a million fresh tokens, in picodollars, at a moment. */
function priceAt(moment: string): bigint {
  return chargePico(deepseekFlash, million, { atMs: Date.parse(moment) })
}

describe('chargePico', () => {
  it('charges each class at its own price', () => {
    const usage = {
      input: 1,
      cachedInput: 10,
      cacheWrite: 100,
      cacheWriteLong: 1000,
      output: 7,
      reasoning: 5,
    }
    expect(chargePico(haiku, usage, { atMs: 0 })).toBe(
      100_000n + 10n * 10_000n + 100n * 125_000n + 1000n * 200_000n + 7n * 500_000n,
    )
  })

  it('reprices the whole request one token above a bracket', () => {
    expect(chargePico(haiku, { ...none, input: 100_000 }, { atMs: 0 })).toBe(100_000n * 100_000n)
    expect(chargePico(haiku, { ...none, input: 90_000, cachedInput: 10_001 }, { atMs: 0 })).toBe(
      90_000n * 500_000n + 10_001n * 50_000n,
    )
  })

  it('doubles in Beijing office hours, to the millisecond', () => {
    // Tuesday, 2026-11-24.
    expect(priceAt('2026-11-24T00:59:59.999Z')).toBe(150_000_000_000n)
    expect(priceAt('2026-11-24T01:00:00.000Z')).toBe(300_000_000_000n)
    expect(priceAt('2026-11-24T03:59:59.999Z')).toBe(300_000_000_000n)
    expect(priceAt('2026-11-24T04:00:00.000Z')).toBe(150_000_000_000n)
    expect(priceAt('2026-11-24T06:00:00.000Z')).toBe(300_000_000_000n)
    expect(priceAt('2026-11-24T10:00:00.000Z')).toBe(150_000_000_000n)
  })

  it('has no peak on weekends and holidays of the vendor', () => {
    expect(priceAt('2026-11-22T02:00:00Z')).toBe(150_000_000_000n)
    expect(priceAt('2026-10-01T02:00:00Z')).toBe(150_000_000_000n)
    expect(priceAt('2026-11-23T02:00:00Z')).toBe(300_000_000_000n)
    // A Saturday on which people work instead.
    expect(priceAt('2026-10-10T02:00:00Z')).toBe(300_000_000_000n)
  })

  it('takes the sheet in force at the moment', () => {
    const [old] = deepseekFlash.sheets
    if (old === undefined) throw new Error('the sample has a sheet')
    const dearer = {
      fromMs: Date.parse('2026-12-01T00:00:00Z'),
      brackets: [{ ...old.brackets[0]!, input: '0.2' }],
      peak: null,
    }
    const model = { ...deepseekFlash, sheets: [old, dearer] }
    expect(chargePico(model, million, { atMs: dearer.fromMs - 1 })).toBe(150_000_000_000n)
    expect(chargePico(model, million, { atMs: dearer.fromMs })).toBe(200_000_000_000n)
  })

  it('refuses a price that is not a decimal with at most six places', () => {
    const bad = {
      ...haiku,
      sheets: [{ fromMs: null, brackets: [{ ...haiku.sheets[0]!.brackets[1]!, input: '1e-3' }], peak: null }],
    }
    expect(() => chargePico(bad, million, { atMs: 0 })).toThrow(RangeError)
  })
})
