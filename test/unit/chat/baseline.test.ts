// What savings are measured against: the price of the same tokens elsewhere, and nothing where none is in force.

import { expect, it } from 'vitest'
import { loadCatalog } from '../../../src/catalog/load-catalog.ts'
import { baselineOf } from '../../../src/chat/baseline.ts'
import { NO_USAGE } from '../../../src/core/usage.ts'
import { sampleCatalog } from '../catalog/sample-catalog.ts'

const FUTURE = '{ input: 10, output: 30 }'
const sheet = '- source: a page\n        checked: 2026-01-01\n        brackets:\n          - '
const catalog = loadCatalog(
  sampleCatalog([
    `${sheet}${FUTURE}`,
    `${sheet.replace('source', 'from: 2026-06-01\n        source')}${FUTURE}`,
  ]),
)
const usage = { ...NO_USAGE, freshInput: 3, output: 1 }
const measure = (baselineModel: string | null, day: string) => ({
  requirements: { baselineModel },
  startedAtMs: Date.parse(day),
})

it('is the price that was in force', () => {
  expect(baselineOf({ catalog }, measure('openai/gone', '2026-06-01'), usage)).toEqual({
    baseline: 60_000_000,
    baselineModel: 'openai/gone',
  })
})

it.each([
  ['a price of the future', 'openai/gone', '2026-05-31'],
  ['a model that nobody knows', 'openai/unheard-of', '2026-06-01'],
  ['no model', null, '2026-06-01'],
])('%s says nothing', (_, model, day) => {
  expect(baselineOf({ catalog }, measure(model, day), usage)).toEqual({ baseline: 0, baselineModel: null })
})
