import { describe, expect, it } from 'vitest'
import type { CallerPolicy } from '../../../src/core/caller.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import type { Route } from '../../../src/core/route.ts'
import {
  createRouteList,
  decisionVersion,
  encodeDecision,
  readDecision,
  readPlanReason,
} from '../../../src/routing/decision.ts'
import { type Plan, planRoutes } from '../../../src/routing/plan.ts'
import { readRequirements } from '../../../src/routing/requirements.ts'
import { allBut, sampleCaller, sampleNames, sampleRequest, sampleRoute } from './route-samples.ts'
import { NOW_MS, type SampleWorld, sampleWorld } from './world-samples.ts'

const cheap = sampleRoute({ model: 'cheap', tier: 'economy', provider: 'deepseek' })
const middle = sampleRoute({ model: 'middle', tier: 'standard' })
const twin = sampleRoute({ model: 'twin', tier: 'standard', provider: 'alibaba' })
const best = sampleRoute({ model: 'best', tier: 'frontier', provider: 'anthropic' })
const PRICES = { cheap: 1, middle: 10, twin: 10, best: 100 }
const routes = [best, middle, twin, cheap]

interface Asked {
  readonly fields?: Record<string, unknown>
  readonly policy?: Partial<CallerPolicy>
  readonly world?: Partial<SampleWorld>
}

function plan({ fields = {}, policy = {}, world = {} }: Asked): Plan {
  const all = { routes, prices: PRICES, ...world }
  const requirements = readRequirements(sampleRequest(fields), sampleCaller(policy), sampleNames(all.routes))
  return planRoutes(requirements, sampleWorld(all))
}

function refusal(asked: Asked): GatewayError {
  try {
    plan(asked)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('a plan was made')
}

const ids = ({ chosen }: Plan): string[] => chosen.map(({ route }) => route.id)
const reasonOf = (made: Plan, route: Route): string | undefined =>
  made.rejected.find((rejected) => rejected.route === route)?.reason
const worst = (n: number): number => plan({ fields: { n, max_tokens: 1_000 } }).chosen[0].worstCase
const usd = (amount: string): number => Number(amount)

const planAdding = (toMiddle: number): Plan => {
  const all = { routes: [middle, twin], prices: PRICES }
  const requirements = readRequirements(sampleRequest({}), sampleCaller(), sampleNames(all.routes))
  return planRoutes({ ...requirements, recalledBytes: Float64Array.of(toMiddle, 0) }, sampleWorld(all))
}

const planLeaving = (servedUntilMs: number) => {
  const leaving = sampleRoute({ model: 'leaving', servedUntilMs })
  return {
    leaving,
    made: plan({ world: { routes: [leaving, middle], prices: { leaving: 1, middle: 10 } } }),
  }
}

describe('what the gateway adds to a prompt', () => {
  it('counts on the route that gets it: expected at four bytes a token, held at one', () => {
    const [plain] = planAdding(0).chosen
    const added = planAdding(4_000)
    const changed = added.chosen.find(({ route }) => route === middle)
    expect(ids(added)[0]).toBe('alibaba/twin')
    expect(changed?.usage.freshInput).toBe(plain.usage.freshInput + 1_000)
    expect(changed?.worstCase).toBe(plain.worstCase + 4_000 * 10_000_000)
  })

  it('may be more than the route can read', () => {
    expect(reasonOf(planAdding(4_000_000), middle)).toBe('context_window')
  })
})

describe('the order of a plan', () => {
  it('is by expected cost, at the tier or above', () => {
    expect(ids(plan({ fields: { model: 'economy' } }))[0]).toBe('deepseek/cheap')
    const standard = plan({})
    expect(ids(standard)).toEqual(['openai/middle', 'alibaba/twin', 'anthropic/best'])
    expect(reasonOf(standard, cheap)).toBe('tier')
    expect(ids(plan({ fields: { model: 'premium' } }))).toEqual(['anthropic/best'])
  })

  it('puts behind the others whom their provider would refuse now, and explains it', () => {
    const made = plan({ world: { tokensLeft: { middle: 99 } } })
    expect(ids(made)).toEqual(['alibaba/twin', 'anthropic/best', 'openai/middle'])
    const list = createRouteList({ version: 'v1', routes })
    const text = encodeDecision(made, list)
    expect(readPlanReason(text)).toBe('cheapest')
    const candidates = readDecision(text, list.ids)
    expect(candidates.map(({ route, verdict, reason }) => [route, verdict, reason]).slice(0, 3)).toEqual([
      ['alibaba/twin', 'chosen', 'cheapest'],
      ['anthropic/best', 'fallback', null],
      ['openai/middle', 'fallback', 'rate_limited_upstream'],
    ])
    expect(ids(plan({ world: { tokensLeft: { middle: 100 } } }))[0]).toBe('openai/middle')
  })

  it('is that of costs where every provider would refuse', () => {
    const made = plan({ world: { tokensLeft: { middle: 0, twin: 0, best: 0 } } })
    expect(ids(made)).toEqual(['openai/middle', 'alibaba/twin', 'anthropic/best'])
    const list = createRouteList({ version: 'v1', routes })
    const text = encodeDecision(made, list)
    expect(readDecision(text, list.ids)[0]).toMatchObject({
      verdict: 'chosen',
      reason: 'rate_limited_upstream',
    })
    expect(readPlanReason(text)).toBe('rate_limited_upstream')
  })

  it('takes the faster of two that cost the same within 1 %, an unknown speed last', () => {
    const faster = (latencies: Record<string, number>, prices = PRICES): string | undefined =>
      ids(plan({ world: { latencies, prices } }))[0]
    expect(faster({ middle: 900, twin: 300 })).toBe('alibaba/twin')
    expect(faster({ twin: 300 })).toBe('alibaba/twin')
    expect(faster({ middle: 300 })).toBe('openai/middle')
    expect(faster({ middle: 900, twin: 300 }, { ...PRICES, middle: 50, twin: 50.4 })).toBe('alibaba/twin')
    expect(faster({ middle: 900, twin: 300 }, { ...PRICES, middle: 50, twin: 51 })).toBe('openai/middle')
  })

  it('follows what is expected of cache, prompt and output, not the unit price', () => {
    const cached = plan({
      world: {
        prices: { ...PRICES, twin: 13 },
        prompts: { middle: 10_000, twin: 10_000 },
        cached: { twin: 9_000 },
      },
    })
    expect(ids(cached)[0]).toBe('alibaba/twin')
    const verbose = plan({
      world: { outputs: { middle: 5_000, twin: 500 }, prices: { ...PRICES, twin: 20 } },
    })
    expect(ids(verbose)[0]).toBe('alibaba/twin')
  })
})

describe('what makes a route ineligible', () => {
  const limited = sampleRoute({
    model: 'limited',
    capabilities: allBut('tools', 'json_schema', 'images'),
    contextTokens: 1_000,
    maxPromptTokens: 900,
    maxOutputTokens: 400,
  })
  const world = { routes: [limited, middle], prices: { limited: 1, middle: 10 } }
  const tool = { type: 'function', function: { name: 'f', parameters: {} } }

  it.each([
    ['capability:tools', { tools: [tool] }],
    [
      'capability:json_schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {} } } },
    ],
    ['max_output', { max_tokens: 401 }],
    ['provider_filter', { routing: { providers: { ignore: ['openai'] } } }],
    ['jurisdiction', { routing: { jurisdictions: { ignore: ['us'] } } }],
    ['effort', { reasoning_effort: 'high' }],
  ])('%s', (reason, fields) => {
    const other = sampleRoute({ model: 'other', provider: 'deepseek', effort: 'high' })
    const made = plan({
      fields,
      world: {
        routes: [limited, other],
        prices: { limited: 1, other: 100 },
        jurisdictions: { deepseek: 'cn' },
      },
    })
    expect(reasonOf(made, limited)).toBe(reason)
    expect(ids(made)).toEqual(['deepseek/other@high'])
  })

  it('least_output: only where tools have to take the way that has a least', () => {
    const walled = sampleRoute({ model: 'walled', effort: 'high', toolsOnChat: 'effort_none' })
    const away = { routes: [walled, middle], prices: { walled: 1, middle: 10 } }
    const planned = (fields: Record<string, unknown>) =>
      plan({ fields: { reasoning_effort: null, ...fields }, world: away })
    expect(reasonOf(planned({ tools: [tool], max_tokens: 15 }), walled)).toBe('least_output')
    expect(ids(planned({ tools: [tool], max_tokens: 16 }))[0]).toBe(walled.id)
    expect(ids(planned({ max_tokens: 1 }))[0]).toBe(walled.id)
    const old = [{ name: 'f', parameters: {} }]
    expect(reasonOf(planned({ functions: old }), walled)).toBe('capability:custom_tools')
  })

  it('context_window: the prompt alone, or with its output', () => {
    expect(reasonOf(plan({ world: { ...world, prompts: { limited: 901 } } }), limited)).toBe('context_window')
    expect(
      reasonOf(
        plan({ fields: { max_tokens: 300 }, world: { ...world, prompts: { limited: 800 } } }),
        limited,
      ),
    ).toBe('context_window')
    expect(
      ids(plan({ fields: { max_tokens: 300 }, world: { ...world, prompts: { limited: 700 } } }))[0],
    ).toBe('openai/limited')
  })

  it('off, an open circuit and a missing price', () => {
    const made = plan({
      world: { unavailable: { middle: 'circuit_open', best: 'off' }, prices: { twin: 10 } },
    })
    expect(ids(made)).toEqual(['alibaba/twin'])
    expect([reasonOf(made, middle), reasonOf(made, best)]).toEqual(['circuit_open', 'off'])
    expect(reasonOf(plan({ world: { prices: { twin: 10 } } }), middle)).toBe('no_price')
  })

  it('a model that its vendor has switched off', () => {
    expect(ids(planLeaving(NOW_MS + 1).made)[0]).toBe('openai/leaving')
    const { leaving, made } = planLeaving(NOW_MS)
    expect(ids(made)).toEqual(['openai/middle'])
    expect(reasonOf(made, leaving)).toBe('retired')
  })

  it("the key's models, jurisdictions and tiers", () => {
    expect(ids(plan({ policy: { models: { allow: null, deny: ['openai/*'] } } }))[0]).toBe('alibaba/twin')
    expect(
      ids(plan({ policy: { jurisdictions: ['cn'] }, world: { jurisdictions: { alibaba: 'cn' } } })),
    ).toEqual(['alibaba/twin'])
    expect(ids(plan({ policy: { maxTier: 'premium' } }))).toEqual(['openai/middle', 'alibaba/twin'])
  })

  it('an effort is honoured exactly; none by models that do not reason, minimal by low', () => {
    const efforts = (['none', 'low', 'high'] as const).map((effort) => sampleRoute({ model: 'm', effort }))
    const plain = sampleRoute({ model: 'plain', reasons: false })
    const thinker = sampleRoute({ model: 'thinker', reasons: true })
    const all = { routes: [...efforts, plain, thinker], prices: { m: 1, plain: 2, thinker: 3 } }
    const of = (effort: string): string[] =>
      ids(plan({ fields: { reasoning_effort: effort }, world: all })).toSorted()
    expect(of('high')).toEqual(['openai/m@high'])
    expect(of('none')).toEqual(['openai/m@none', 'openai/plain'])
    expect(of('minimal')).toEqual(['openai/m@low'])
    expect(ids(plan({ world: all }))).toHaveLength(5)
  })
})

describe('bounds', () => {
  it('sends an output cap only where max_cost_usd needs one and the client set none', () => {
    const capOf = (fields: Record<string, unknown>): number | null => plan({ fields }).chosen[0].outputCap
    const routing = { max_cost_usd: 1 }
    expect(capOf({})).toBeNull()
    expect(capOf({ routing })).toBe(16_384)
    expect(capOf({ routing, max_tokens: 100 })).toBeNull()
    const small = sampleRoute({ model: 'middle', maxOutputTokens: 4_000 })
    expect(plan({ fields: { routing }, world: { routes: [small] } }).chosen[0].outputCap).toBe(4_000)
  })

  it('counts the output once per choice at worst', () => {
    expect(worst(3) - worst(2)).toBe(worst(2) - worst(1))
    expect(worst(3)).toBeGreaterThan(worst(1))
  })

  it('leaves out what is too dear at worst, and keeps what fits', () => {
    const made = plan({
      fields: { routing: { max_cost_usd: 0.2 }, max_tokens: 1_000 },
      world: { prices: { ...PRICES, best: 1_000_000 } },
    })
    expect(ids(made)).not.toContain('anthropic/best')
    expect(reasonOf(made, best)).toBe('max_cost')
    for (const { worstCase } of made.chosen) expect(worstCase).toBeLessThanOrEqual(0.2e12)
  })
})

describe('a pinned model', () => {
  it('is never substituted', () => {
    expect(ids(plan({ fields: { model: 'anthropic/best' } }))).toEqual(['anthropic/best'])
    const error = refusal({ fields: { model: 'anthropic/best' }, world: { unavailable: { best: 'off' } } })
    expect(error).toMatchObject({ kind: 'no_eligible_route', status: 400 })
    expect(error.message).toBe(
      'No route can serve this request. Nearest: anthropic/best lacks an API key for its provider.',
    )
  })

  it('is refused when only the policy of the key is in the way', () => {
    const policy = { maxTier: 'standard', jurisdictions: ['cn'] } as const
    const error = refusal({ fields: { model: 'anthropic/best' }, policy })
    expect(error).toMatchObject({ kind: 'model_not_allowed', status: 403 })
    expect(error.message).toContain("min_tier and max_tier, a place in the key's jurisdictions")
  })
})

describe('when nothing is eligible', () => {
  it('says what the cheapest would cost at worst', () => {
    const error = refusal({ fields: { routing: { max_cost_usd: 0.000001 }, max_tokens: 1_000 } })
    expect(error).toMatchObject({ kind: 'max_cost_exceeded', status: 400, param: 'routing.max_cost_usd' })
    const named = /worst case is ([\d.]+) USD \(openai\/middle\)/.exec(error.message)?.[1] ?? ''
    const { worstCase } = plan({ fields: { max_tokens: 1_000 } }).chosen[0]
    expect(usd(named)).toBe(worstCase / 1e12)
    expect(
      plan({ fields: { routing: { max_cost_usd: usd(named) }, max_tokens: 1_000 } }).chosen[0].route.id,
    ).toBe('openai/middle')
  })

  it('lists the nearest first, with all that each lacks, five at most', () => {
    const tool = { type: 'function', function: { name: 'f', parameters: {} } }
    const without = allBut('tools', 'json_object')
    const many = Array.from({ length: 9 }, (_, n) =>
      sampleRoute({ model: `m${n}`, tier: 'economy', capabilities: without }),
    )
    const near = sampleRoute({ model: 'near', capabilities: allBut('tools') })
    const prices = Object.fromEntries([...many, near].map(({ model }) => [model, 1]))
    const error = refusal({
      fields: { tools: [tool], response_format: { type: 'json_object' } },
      world: { routes: [...many, near], prices },
    })
    expect(error.kind).toBe('no_eligible_route')
    expect(error.message).toContain(
      'Nearest: openai/near lacks tools; openai/m0 lacks the tier, tools, response_format json_object; ',
    )
    expect(error.message.split(' lacks ')).toHaveLength(6)
  })

  it('blames the providers, not the request, when every circuit is open', () => {
    const unavailable = { cheap: 'circuit_open', middle: 'circuit_open', twin: 'circuit_open', best: 'off' }
    expect(refusal({ world: { unavailable } })).toMatchObject({ kind: 'upstream_error', status: 502 })
  })

  it('blames no key for a circuit that closes while the plan is made', () => {
    const all = { routes, prices: PRICES }
    let isResting = true
    const world = { ...sampleWorld(all), isResting: () => isResting && !(isResting = false) }
    const asked = readRequirements(
      sampleRequest({ model: 'anthropic/best' }),
      sampleCaller(),
      sampleNames(routes),
    )
    expect(() => planRoutes(asked, world)).toThrow(
      expect.objectContaining({ kind: 'upstream_error', message: expect.stringContaining('recovering') }),
    )
  })

  it('says so when the catalogue is empty', () => {
    expect(refusal({ world: { routes: [] } }).message).toContain('The catalogue has none.')
  })
})

describe('a decision as it is kept', () => {
  it('gives back every candidate with its verdict', () => {
    const made = plan({ world: { latencies: { twin: 1 }, prices: { ...PRICES, twin: 10.05 } } })
    const list = createRouteList({ version: 'v1', routes })
    const text = encodeDecision(made, list)
    expect(decisionVersion(text)).toBe('v1')
    expect(readPlanReason(text)).toBe('faster_within_1_percent')
    const candidates = readDecision(text, list.ids)
    expect(candidates.map(({ route, verdict, reason }) => [route, verdict, reason])).toEqual([
      ['alibaba/twin', 'chosen', 'faster_within_1_percent'],
      ['openai/middle', 'fallback', null],
      ['anthropic/best', 'fallback', null],
      ['deepseek/cheap', 'ineligible', 'tier'],
    ])
    for (const [place, { expectedCost, worstCase }] of made.chosen.entries()) {
      expect(candidates[place]).toMatchObject({
        expected_cost_usd: Math.round(expectedCost / 1e3) / 1e9,
        worst_case_cost_usd: Math.ceil(worstCase / 1e3) / 1e9,
      })
    }
    expect(candidates.at(-1)).toMatchObject({ expected_cost_usd: null, worst_case_cost_usd: null })
  })

  it('tells the only eligible route from the cheapest', () => {
    const list = createRouteList({ version: 'v1', routes })
    const why = (asked: Asked): string => readPlanReason(encodeDecision(plan(asked), list))
    expect(why({})).toBe('cheapest')
    expect(why({ fields: { model: 'frontier' } })).toBe('only_eligible')
    expect(why({ world: { latencies: { middle: 300, twin: 900 } } })).toBe('cheapest')
  })

  it('takes about a kilobyte for sixty routes', () => {
    const providers = ['openai', 'anthropic', 'deepseek', 'alibaba', 'moonshot'] as const
    const tiers = ['economy', 'standard', 'premium', 'frontier'] as const
    const sixty = Array.from({ length: 60 }, (_, n) =>
      sampleRoute({
        provider: providers[n % 5] ?? 'openai',
        model: `some-model-${n}`,
        effort: n % 2 === 0 ? 'high' : null,
        tier: tiers[n % 4] ?? 'economy',
      }),
    )
    const prices = Object.fromEntries(sixty.map(({ model }, n) => [model, 1 + n]))
    const list = createRouteList({ version: '0123456789ab', routes: sixty })
    const made = plan({ world: { routes: sixty, prices } })
    const text = encodeDecision(made, list)
    const candidates = readDecision(text, list.ids)
    expect(new Set(candidates.map(({ route }) => route))).toEqual(new Set(list.ids))
    expect(candidates.filter(({ verdict }) => verdict !== 'ineligible')).toHaveLength(made.chosen.length)
    expect(text.length).toBeLessThan(1_200)
  })

  it('reads nothing from what is not a decision', () => {
    for (const text of ['', '{}', 'null', '{"eligible":[["a",1]]}', '['])
      expect(readDecision(text, ['a/b'])).toEqual([])
  })
})
