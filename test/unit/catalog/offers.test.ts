import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { type Offer, readOffers } from '../../../src/catalog/offers.ts'
import { sampleCatalog } from './sample-catalog.ts'

const catalog = loadCatalog(sampleCatalog(), {})

function offerOf(model: string, moment: string): Offer | undefined {
  return readOffers(catalog, Date.parse(moment)).find((offer) => offer.model === model)
}

describe('what models are offered at', () => {
  it('follows the window, and says whether it is open', () => {
    // 10:00 and 13:00 in the window's own time zone, on a Tuesday.
    const open = offerOf('windowed', '2026-11-24T02:00:00Z')
    expect(open).toMatchObject({ isWindowOpen: true, price: { input: 300_000, output: 1_200_000 } })
    const shut = offerOf('windowed', '2026-11-24T05:00:00Z')
    expect(shut).toMatchObject({ isWindowOpen: false, price: { input: 150_000, cachedInput: 3_000 } })
  })

  it('is that of a short prompt, and knows a date of retirement', () => {
    expect(offerOf('bracketed', '2026-11-24T00:00:00Z')).toEqual({
      provider: 'alibaba',
      model: 'bracketed',
      price: expect.objectContaining({ input: 400_000, output: 1_200_000 }),
      isWindowOpen: null,
      retiresAtMs: Date.parse('2026-12-01'),
    })
  })

  it('has no price before the first sheet, and leaves out what cannot be routed to', () => {
    expect(offerOf('dated', '2025-12-31T00:00:00Z')).toMatchObject({ price: null, isWindowOpen: null })
    expect(offerOf('dated', '2026-01-01T00:00:00Z')).toMatchObject({ price: { input: 3_000_000 } })
    expect(offerOf('gone', '2026-01-01T00:00:00Z')).toBeUndefined()
  })
})

it('a model is served until the day is over on which its vendor switches it off', () => {
  const ends = catalog.routes.map(({ id, servedUntilMs }) => [id, servedUntilMs])
  expect(ends).toContainEqual(['alibaba/bracketed', Date.UTC(2026, 11, 2)])
  expect(ends.filter(([, end]) => end === undefined)).not.toEqual([])
})
