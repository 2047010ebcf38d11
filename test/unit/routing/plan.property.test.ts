import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PriceSchedule, type Rates } from '../../../src/catalog/price-schedule.ts'
import { priceUsage } from '../../../src/catalog/price-usage.ts'
import { GatewayError } from '../../../src/core/errors.ts'
import { EFFORTS, type Effort, PROVIDER_IDS, type Route } from '../../../src/core/route.ts'
import { TIERS, tierRank } from '../../../src/core/tier.ts'
import { Estimator } from '../../../src/routing/estimate.ts'
import { type Plan, planRoutes } from '../../../src/routing/plan.ts'
import { promptTokensUpperBound } from '../../../src/routing/prompt-tokens.ts'
import { type Requirements, readRequirements } from '../../../src/routing/requirements.ts'
import type { World } from '../../../src/routing/world.ts'
import {
  ALL_CAPABILITIES,
  allBut,
  sampleCaller,
  sampleNames,
  sampleRequest,
  sampleRoute,
} from './route-samples.ts'
import { buildWorld, NOW_MS, pricesOf } from './world-samples.ts'

const JURISDICTIONS = ['us', 'cn', 'sg', 'de'] as const

/** A route with all that the world knows about it. */
interface Place {
  readonly route: Route
  readonly rates: Rates
  readonly prompt: number
  readonly output: number
  readonly cached: number
  readonly latencyMs: number | null
  readonly isOff: boolean
}

const rate = fc.integer({ min: 0, max: 50_000_000 })
const place = fc
  .record({
    provider: fc.constantFrom(...PROVIDER_IDS),
    tier: fc.constantFrom(...TIERS),
    effort: fc.constantFrom(null, null, null, ...EFFORTS),
    tools: fc.constantFrom(true, true, false),
    context: fc.constantFrom(500, 16_000, 128_000, 128_000),
    rates: fc.record({
      input: rate,
      cachedInput: rate,
      cacheWrite: rate,
      cacheWriteLong: rate,
      output: rate,
    }),
    prompt: fc.integer({ min: 1, max: 20_000 }),
    output: fc.integer({ min: 1, max: 4_000 }),
    cachedShare: fc.double({ min: 0, max: 1, noNaN: true }),
    latencyMs: fc.option(fc.integer({ min: 1, max: 5_000 })),
    isOff: fc.constantFrom(true, false, false, false),
    isTwin: fc.constantFrom(true, false, false),
  })
  .map(({ provider, tier, effort, tools, context, ...known }) => ({
    ...known,
    shape: { provider, tier, effort, tools, context },
  }))

const places = fc.array(place, { minLength: 1, maxLength: 12 }).map((all) =>
  all.map(({ isTwin, latencyMs, ...own }, n): Place => {
    // A twin is like the one before it in everything but its speed, so that there are ties.
    const { shape, cachedShare, ...rest } = (isTwin ? all[n - 1] : undefined) ?? own
    const { provider, tier, effort, tools, context } = shape
    const known = { ...rest, latencyMs }
    const route = sampleRoute({
      provider,
      tier,
      effort,
      model: `m${n}`,
      contextTokens: context,
      maxPromptTokens: context,
      capabilities: tools ? ALL_CAPABILITIES : allBut('tools'),
      tokenizer: 'qwen',
    })
    return { route, cached: Math.floor(known.prompt * cachedShare), ...known }
  }),
)

/** Left out four times of five, so that most requests can be served by something. */
const rarely = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const fields = fc.record({
  model: fc.constantFrom(...TIERS, 'auto', 'economy'),
  max_tokens: rarely(fc.integer({ min: 1, max: 8_000 })),
  n: rarely(fc.integer({ min: 1, max: 3 })),
  tools: rarely(fc.constant([{ type: 'function', function: { name: 'f', parameters: {} } }])),
  reasoning_effort: rarely(fc.constantFrom(...EFFORTS)),
  routing: fc.record({
    max_cost_usd: rarely(fc.double({ min: 1e-6, max: 5, noNaN: true })),
    providers: fc.record({
      only: rarely(fc.subarray([...PROVIDER_IDS], { minLength: 1 })),
      ignore: rarely(fc.subarray([...PROVIDER_IDS], { maxLength: 2 })),
    }),
    jurisdictions: fc.record({ ignore: rarely(fc.subarray([...JURISDICTIONS], { maxLength: 2 })) }),
  }),
})

const policy = fc.record({
  jurisdictions: rarely(fc.subarray([...JURISDICTIONS], { minLength: 1 })).map((only) => only ?? null),
  minTier: fc.constantFrom(null, null, null, 'standard' as const),
  maxTier: fc.constantFrom(null, null, null, 'premium' as const),
  models: fc.record({
    allow: fc.constantFrom(null, null, null, ['deepseek/*', 'openai/*', 'm1', 'economy', 'premium']),
    deny: fc.subarray(['anthropic/*', 'openai/m0', 'frontier'], { maxLength: 1 }),
  }),
})

function jurisdictionOf(route: Route): string {
  return JURISDICTIONS[PROVIDER_IDS.findIndex((id) => id === route.provider) % JURISDICTIONS.length] ?? 'us'
}

function worldOf(all: readonly Place[]): World {
  const byRoute = new Map(all.map((entry) => [entry.route, entry]))
  const schedules = new Map<Route, PriceSchedule>(all.map(({ route, rates }) => [route, pricesOf(rates)]))
  const of = (route: Route): Place => there(byRoute.get(route))
  return buildWorld(
    all.map(({ route }) => route),
    {
      isOn: (route) => !of(route).isOff,
      isResting: () => false,
      isShort: () => false,
      prices: (route) => schedules.get(route) ?? null,
      jurisdiction: jurisdictionOf,
      promptTokens: (route) => of(route).prompt,
      expectedOutput: (route, { maxOutputTokens, choices }) =>
        Math.min(of(route).output, maxOutputTokens ?? 1e9) * choices,
      cacheExpectation: (route) => ({ cacheRead: of(route).cached, cacheWrite: 0 }),
      latencyMs: (route) => of(route).latencyMs,
    },
  )
}

function there<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('missing')
  return value
}

/** Null when the gateway refuses, which it must do with an error of its own. */
function attempt<Result>(run: () => Result): Result | null {
  try {
    return run()
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}

function read(
  all: readonly Place[],
  asked: Record<string, unknown>,
  rules: Parameters<typeof sampleCaller>[0],
): Requirements | null {
  const names = sampleNames(all.map(({ route }) => route))
  return attempt(() => readRequirements(sampleRequest(asked), sampleCaller(rules), names))
}

const runs = { numRuns: 400 }

describe('the arbitraries', () => {
  it('make requests that can be served, with choices to make', () => {
    const sizes = fc.sample(fc.tuple(places, fields, policy), 400).map(([all, asked, rules]) => {
      const requirements = read(all, asked, rules)
      const plan = requirements && attempt(() => planRoutes(requirements, worldOf(all)))
      return plan?.chosen.length ?? 0
    })
    expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(80)
    expect(sizes.filter((size) => size > 1).length).toBeGreaterThan(30)
  })
})

type Asked = typeof fields extends fc.Arbitrary<infer Value> ? Value : never
type Rules = typeof policy extends fc.Arbitrary<infer Value> ? Value : never

/** The rank that is needed; null where the key may not have it. */
function neededRank({ model }: Asked, { minTier, maxTier }: Rules): number | null {
  const most = tierRank(maxTier ?? 'frontier')
  const rank = Math.max(tierRank(model === 'auto' ? 'standard' : model), tierRank(minTier ?? 'economy'))
  if (rank <= most) return rank
  return model === 'auto' ? most : null
}

/** These vendors have one word for the least two efforts. */
function wordFor(effort: Effort): Effort {
  return effort === 'minimal' ? 'low' : effort
}

/** Read from the rules alone, as docs/routing.md has them, and on purpose not with the code that plans. */
function isEligible(entry: Place, asked: Asked, rules: Rules): boolean {
  const { route, prompt, output } = entry
  const needed = neededRank(asked, rules)
  const { routing, reasoning_effort: effort, max_tokens: cap, n = 1 } = asked
  const names = [route.tier, `${route.provider}/*`, `${route.provider}/${route.model}`]
  const allow: readonly string[] | null = rules.models.allow
  const deny: readonly string[] = rules.models.deny
  const mayNotServe: readonly string[] = routing.providers.ignore ?? []
  const mayGo: readonly string[] = rules.jurisdictions ?? JURISDICTIONS
  const mayNotGo: readonly string[] = routing.jurisdictions.ignore ?? []
  const room = cap ?? Math.min(output * n, route.maxOutputTokens)
  return (
    needed !== null &&
    !deny.includes(asked.model) &&
    tierRank(route.tier) >= needed &&
    tierRank(route.tier) >= tierRank(rules.minTier ?? 'economy') &&
    tierRank(route.tier) <= tierRank(rules.maxTier ?? 'frontier') &&
    !entry.isOff &&
    (effort === undefined ||
      (effort === 'none'
        ? !route.reasons
        : route.effort !== null && wordFor(route.effort) === wordFor(effort))) &&
    (asked.tools === undefined || route.capabilities.has('tools')) &&
    (routing.providers.only ?? [route.provider]).includes(route.provider) &&
    !mayNotServe.includes(route.provider) &&
    !mayNotGo.includes(jurisdictionOf(route)) &&
    mayGo.includes(jurisdictionOf(route)) &&
    !names.some((name) => deny.includes(name)) &&
    (allow === null || allow.includes(asked.model) || names.some((name) => allow.includes(name))) &&
    (cap ?? 0) <= route.maxOutputTokens &&
    prompt <= route.maxPromptTokens &&
    prompt + room <= route.contextTokens
  )
}

/** In picodollars, in whole numbers of any size. */
function costOf(
  { rates, prompt, cached, output, route }: Place,
  { max_tokens: cap, n = 1, routing }: Asked,
): bigint {
  const bound = Math.min(
    cap ?? (routing.max_cost_usd === undefined ? Infinity : 16_384),
    route.maxOutputTokens,
  )
  const written = Math.min(Math.min(output, cap ?? Infinity) * n, bound * n)
  const priced: readonly [number, number][] = [
    [prompt - cached, rates.input],
    [cached, rates.cachedInput],
    [written, rates.output],
  ]
  return priced.reduce((sum, [tokens, price]) => sum + BigInt(tokens) * BigInt(price), 0n)
}

describe('for any routes, prices, request and key', () => {
  it('a plan has exactly the eligible routes, each once, unless they are too dear at worst', () => {
    fc.assert(
      fc.property(places, fields, policy, (all, asked, rules) => {
        const requirements = read(all, asked, rules)
        const plan: Plan | null = requirements && attempt(() => planRoutes(requirements, worldOf(all)))
        const eligible = all.filter((entry) => isEligible(entry, asked, rules))
        const tooDear = plan?.rejected.filter(({ reason }) => reason === 'max_cost') ?? []
        if (asked.routing.max_cost_usd === undefined) expect(tooDear).toEqual([])
        const found = [...(plan?.chosen ?? []), ...tooDear].map(({ route }) => route.id)
        // Without a plan it must have been for the cost of every one.
        if (plan === null && asked.routing.max_cost_usd !== undefined) return
        expect(found.toSorted()).toEqual(eligible.map(({ route }) => route.id).toSorted())
        const ids = [...(plan?.chosen ?? []), ...(plan?.rejected ?? [])].map(({ route }) => route.id)
        expect(new Set(ids).size).toBe(ids.length)
      }),
      runs,
    )
  })

  it('the first is never dearer in expectation than another by more than 1 %, and the rest follow by cost', () => {
    fc.assert(
      fc.property(places, fields, policy, (all, asked, rules) => {
        const requirements = read(all, asked, rules)
        const plan: Plan | null = requirements && attempt(() => planRoutes(requirements, worldOf(all)))
        if (plan === null) return
        const costs = plan.chosen.map(({ route }) =>
          costOf(there(all.find((entry) => entry.route === route)), asked),
        )
        expect(plan.chosen.map(({ expectedCost }) => BigInt(expectedCost))).toEqual(costs)
        for (const [index, cost] of costs.entries())
          for (const later of costs.slice(index)) expect(cost * 100n).toBeLessThanOrEqual(later * 101n)
      }),
      runs,
    )
  })

  it('of those that cost the same within 1 % of the cheapest, the fastest is first', () => {
    fc.assert(
      fc.property(places, fields, policy, (all, asked, rules) => {
        const requirements = read(all, asked, rules)
        const plan = requirements && attempt(() => planRoutes(requirements, worldOf(all)))
        if (plan === null) return
        const cheapest = Math.min(...plan.chosen.map(({ expectedCost }) => expectedCost))
        const speed = (route: Route): number =>
          all.find((entry) => entry.route === route)?.latencyMs ?? Number.MAX_VALUE
        const tied = plan.chosen.filter(({ expectedCost }) => expectedCost <= cheapest * 1.01)
        expect(speed(plan.chosen[0].route)).toBe(Math.min(...tied.map(({ route }) => speed(route))))
      }),
      runs,
    )
  })

  it('no route of a plan can cost more at worst than the request allows', () => {
    fc.assert(
      fc.property(places, fields, policy, (all, asked, rules) => {
        const requirements = read(all, asked, rules)
        const plan = requirements && attempt(() => planRoutes(requirements, worldOf(all)))
        const most = (asked.routing.max_cost_usd ?? Infinity) * 1e12
        for (const { worstCase } of plan?.chosen ?? []) expect(worstCase).toBeLessThanOrEqual(most)
      }),
      runs,
    )
  })

  it('one more route never makes the first one dearer by more than 1 %', () => {
    fc.assert(
      fc.property(places, fields, (all, asked) => {
        const requirements = read(all, asked, {})
        if (requirements === null) return
        const fewer = all.slice(1)
        const before = attempt(() => planRoutes(requirements, worldOf(fewer)))
        const after = attempt(() => planRoutes(requirements, worldOf(all)))
        if (before === null) return
        expect(after?.chosen[0].expectedCost).toBeLessThanOrEqual(before.chosen[0].expectedCost * 1.01)
      }),
      runs,
    )
  })

  it('a pinned model is served by its own routes or not at all', () => {
    fc.assert(
      fc.property(places, fields, policy, fc.nat(11), (all, asked, rules, n) => {
        const pinned = there(all[n % all.length]).route
        const requirements = read(all, { ...asked, model: `${pinned.provider}/${pinned.model}` }, rules)
        const plan = requirements && attempt(() => planRoutes(requirements, worldOf(all)))
        for (const { route } of plan?.chosen ?? []) expect(route).toBe(pinned)
      }),
      runs,
    )
  })

  it('no usage within the bounds costs more than the worst case', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(places, fields, fc.tuple(share, share, share, share), (all, asked, [a, b, c, d]) => {
        const requirements = read(all, { ...asked, model: 'economy' }, {})
        const known = all[0]
        if (requirements === null || known === undefined) return
        const { route } = known
        const estimator = new Estimator(requirements, worldOf(all))
        estimator.estimate(0)
        const { worstCase, outputCap } = estimator
        const most = promptTokensUpperBound(requirements.profile, route.maxPromptTokens)
        const cap = requirements.output.maxOutputTokens ?? outputCap ?? route.maxOutputTokens
        const prompt = Math.floor(most * a)
        const cacheRead = Math.floor(prompt * b)
        const cacheWrite = Math.floor((prompt - cacheRead) * c)
        const usage = {
          freshInput: prompt - cacheRead - cacheWrite,
          cacheRead,
          cacheWrite,
          cacheWriteLong: 0,
          output: Math.floor(Math.min(cap, route.maxOutputTokens) * requirements.output.choices * d),
          reasoning: 0,
        }
        expect(worstCase).toBeGreaterThanOrEqual(
          priceUsage(pricesOf(known.rates), usage, { atMs: NOW_MS }).total,
        )
      }),
      runs,
    )
  })
})
