// Plans as they are written down, against what they were: every number to the last digit.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRouteList, encodeDecision, readKeptPlan } from '../../../src/routing/decision.ts'

const MOST_PICO = Number.MAX_SAFE_INTEGER
const amount = fc.oneof(
  fc.integer({ min: 0, max: MOST_PICO }),
  // The edges of each count of digits.
  fc
    .tuple(fc.nat(12), fc.integer({ min: -2, max: 2 }))
    .map(([power, off]) => Math.max(0, 10 ** (power + 3) + off * 1_000)),
)
const candidate = fc.record({ expected: amount, worst: amount, isBehind: fc.boolean() })

describe('the decision of a plan', () => {
  it('has every number of its candidates, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(candidate, { minLength: 1, maxLength: 300 }), (candidates) => {
        const last = candidates.length - 1
        const plan = {
          size: candidates.length,
          placeAt: (rank: number) => last - rank,
          expectedCostAt: (rank: number) => candidates[rank]?.expected ?? 0,
          worstCaseAt: (rank: number) => candidates[rank]?.worst ?? 0,
          isBehindAt: (rank: number) => candidates[rank]?.isBehind === true,
          rejected: [],
          verdicts: null,
        }
        const text = encodeDecision(plan, createRouteList({ version: 'v', routes: [] }))
        const written = candidates.map(({ expected, worst, isBehind }, rank) =>
          [
            last - rank,
            Math.round(expected / 1_000),
            Math.ceil(worst / 1_000),
            ...(isBehind ? [1] : []),
          ].join(),
        )
        expect(text.slice('v c'.length, text.indexOf('|'))).toBe(`${written.join(';')};`)
        expect(readKeptPlan(text)?.eligible).toEqual(
          candidates.flatMap(({ expected, isBehind }, rank) => [
            last - rank,
            Math.round(expected / 1_000) * 1_000,
            Number(isBehind),
          ]),
        )
      }),
      { numRuns: 300 },
    )
  })
})
