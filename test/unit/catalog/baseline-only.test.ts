// Models that are in the catalogue for their price alone, and what the start warns of.

import { describe, expect, it } from 'vitest'
import { CatalogError } from '../../../src/catalog/catalog-error.ts'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { sampleCatalog } from './sample-catalog.ts'

const problemsIn = (text: string): readonly unknown[] => {
  try {
    loadCatalog(text)
  } catch (error) {
    if (error instanceof CatalogError) return error.problems
    throw error
  }
  return []
}

const ROUTE =
  '{ tier: economy, reasons: false, evidence: { index: a, version: "1", score: 10, date: 2026-10-08 } }'
const GONE = 'can: []\n    routes: []'

describe('a model without routes', () => {
  it('has a price and is never a candidate, retired or still served', () => {
    for (const status of ['retired', 'deprecated', 'current']) {
      const catalog = loadCatalog(sampleCatalog(['status: retired', `status: ${status}`]))
      expect(catalog.model('openai/gone')?.prices?.segmentAt(0)).not.toBeNull()
      expect(catalog.defaultRoute('openai/gone')).toBeUndefined()
      expect(catalog.routes.filter(({ model }) => model === 'gone')).toEqual([])
    }
  })

  it('is the only form of a retired one', () => {
    expect(problemsIn(sampleCatalog([GONE, `can: []\n    routes: [${ROUTE}]`]))).toMatchObject([
      { path: 'models[3].routes', wanted: 'no routes: a retired model is a baseline only' },
    ])
  })

  it('is not the same as one whose every route has an effort', () => {
    const withEffort = `can: []\n    routes: [${ROUTE.replace('{ tier', '{ effort: low, tier')}]`
    expect(problemsIn(sampleCatalog(['status: retired', 'status: current'], [GONE, withEffort]))).toEqual([
      {
        path: 'models[3].routes',
        problem: 'has 0 routes without an effort',
        wanted: 'exactly one route without an effort',
      },
    ])
  })
})

function warningsOn(day: string): readonly string[] {
  return loadCatalog(sampleCatalog()).warnings(Date.parse(day))
}

describe('warnings', () => {
  it('name the models that one thing is about in one line, and none without routes', () => {
    const warnings = warningsOn('2026-11-24')
    expect(warnings).toContain(
      'retired by the vendor within 30 days, or already: alibaba/bracketed on 2026-12-01',
    )
    expect(warnings.filter((line) => line.startsWith('prices last checked'))).toHaveLength(1)
    expect(warnings.join('\n')).not.toContain('openai/gone')
  })

  it('say which model has no price yet', () => {
    expect(warningsOn('2025-12-31')).toContain(
      'without a price in its region, and so never routed to: openai/dated',
    )
  })
})
