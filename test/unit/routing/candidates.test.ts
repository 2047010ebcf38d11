// Verdicts that are remembered, against those found anew.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CAPABILITIES, EFFORTS, PROVIDER_IDS, type Route } from '../../../src/core/route.ts'
import { SCHEMA_SUBSETS } from '../../../src/core/schema-subset.ts'
import { TIERS, tierRank } from '../../../src/core/tier.ts'
import type { Bounds } from '../../../src/routing/bounds.ts'
import { createCandidateMemo } from '../../../src/routing/candidates.ts'
import { type FixedDemand, fixedObstacle } from '../../../src/routing/obstacles.ts'
import { readRequirements } from '../../../src/routing/requirements.ts'
import { ANY_TRAITS, allBut, sampleCaller, sampleNames, sampleRequest, sampleRoute } from './route-samples.ts'

const routes: readonly Route[] = PROVIDER_IDS.flatMap((provider, n) =>
  TIERS.map((tier, m) =>
    sampleRoute({
      provider,
      tier,
      model: `${provider}-${tier}`,
      effort: (n + m) % 3 === 0 ? (EFFORTS[n + m] ?? null) : null,
      capabilities: allBut(CAPABILITIES[(3 * n + m) % CAPABILITIES.length] ?? 'tools'),
      traits: {
        ...ANY_TRAITS,
        limits: {
          choices: m + 1,
          choicesWithTools: n % 2,
          stops: m % 3,
          stopBytes: n % 3,
          imageUrl: (n + m) % 3,
          imageData: (n + 2 * m) % 3,
        },
        schemaSubset: SCHEMA_SUBSETS[n] ?? null,
      },
    }),
  ),
)
const facts = {
  isOn: ({ provider }: Route) => provider !== 'moonshot',
  jurisdiction: ({ provider }: Route) => (provider === 'openai' || provider === 'anthropic' ? 'us' : 'cn'),
}
const base = readRequirements(sampleRequest({ model: 'economy' }), sampleCaller(), sampleNames(routes))
const filter = <Name>(names: readonly Name[]) =>
  fc.record({ only: fc.option(fc.subarray([...names], { minLength: 1 })), ignore: fc.subarray([...names]) })
const bounds: { readonly [Part in keyof Bounds]: fc.Arbitrary<Bounds[Part]> } = {
  choices: fc.integer({ min: 1, max: 5 }),
  hasTools: fc.boolean(),
  stops: fc.nat(2),
  stopBytes: fc.nat(2),
  imageUrl: fc.nat(2),
  imageData: fc.nat(2),
  inexactSubsets: fc.subarray([...SCHEMA_SUBSETS]),
}
/** All that verdicts are remembered by. */
const parts: { readonly [Part in keyof Omit<FixedDemand, 'strict'>]: fc.Arbitrary<FixedDemand[Part]> } = {
  neededRank: fc.nat(3),
  keyRanks: fc.record({ least: fc.nat(3), most: fc.nat(3) }),
  effort: fc.option(fc.constantFrom(...EFFORTS)),
  capabilities: fc.subarray([...CAPABILITIES], { maxLength: 3 }),
  bounds: fc.record(bounds),
  providers: filter(PROVIDER_IDS),
  jurisdictions: filter(['us', 'cn']),
  keyJurisdictions: fc.option(fc.subarray(['us', 'cn'])),
  models: fc.record({
    allow: fc.option(fc.subarray(['openai/*', 'economy', 'frontier'], { minLength: 1 })),
    deny: fc.subarray(['deepseek/*', 'alibaba/alibaba-economy', 'premium']),
  }),
}
const demand = fc.record(parts)

const only = (other: object, name: string) =>
  Object.fromEntries(Object.entries(other).filter(([key]) => key === name))

describe('candidates', () => {
  it('are those that nothing fixed is in the way of, whatever was asked before', () => {
    const memo = createCandidateMemo(routes, facts)
    fc.assert(
      fc.property(demand, (asked) => {
        const requirements = { ...base, ...asked }
        const expected = routes.map((route) => fixedObstacle(route, requirements, facts))
        for (let twice = 0; twice < 2; twice++) {
          const { places, obstacles } = memo.of(requirements)
          expect(obstacles).toEqual(expected)
          expect(places).toEqual(expected.flatMap((obstacle, place) => (obstacle === null ? place : [])))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('are not those of a demand that differs in one part or one bound alone', () => {
    const partNames = fc.constantFrom(...Object.keys(parts))
    const boundNames = fc.constantFrom(...Object.keys(bounds))
    const memo = createCandidateMemo(routes, facts)
    const check = (asked: FixedDemand) =>
      expect(memo.of({ ...base, ...asked }).obstacles).toEqual(
        routes.map((route) => fixedObstacle(route, { ...base, ...asked }, facts)),
      )
    fc.assert(
      fc.property(demand, partNames, boundNames, (other, part, bound) => {
        check({ ...base, ...only(other, part) })
        check({ ...base, bounds: { ...base.bounds, ...only(other.bounds, bound) } })
      }),
      { numRuns: 2_000 },
    )
  })

  it('of one JSON schema are not those of another', () => {
    const claude = sampleRoute({ traits: { ...ANY_TRAITS, schemaSubset: 'claude' } })
    const memo = createCandidateMemo([claude], facts)
    const placesFor = (schema: object) => {
      const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema } }
      const fields = { model: 'economy', response_format }
      return memo.of(readRequirements(sampleRequest(fields), sampleCaller(), sampleNames([claude]))).places
    }
    const properties = { count: { type: 'integer' } }
    const closed = { type: 'object', properties, additionalProperties: false }
    expect(placesFor(closed)).toEqual([0])
    // What Claude cannot be told.
    expect(placesFor({ ...closed, properties: { count: { type: 'integer', minimum: 3 } } })).toEqual([])
    expect(placesFor(closed)).toEqual([0])
  })

  it('are found once for requests that ask for the same, and of a pinned model among its own routes', () => {
    const memo = createCandidateMemo(routes, facts)
    expect(memo.of(base)).toBe(memo.of({ ...base, capabilities: [] }))
    expect(memo.of(base)).not.toBe(memo.of({ ...base, neededRank: tierRank('premium') }))
    const [first, second] = routes
    if (first === undefined || second === undefined) throw new Error('too few routes')
    const { places, obstacles } = memo.of({ ...base, pinned: { modelId: 'x', routes: [second] } })
    expect([places, obstacles[0], obstacles[1]]).toEqual([[1], undefined, null])
  })
})
