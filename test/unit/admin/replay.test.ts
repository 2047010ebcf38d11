// What a replay makes of one logged request: which routes it thinks could serve it, and what they cost.

import { describe, expect, it } from 'vitest'
import { createReroute, type Rerouted } from '../../../src/admin/replay/reroute.ts'
import type { Scene } from '../../../src/admin/replay/scene.ts'
import type { TrafficRow } from '../../../src/admin/replay/traffic.ts'
import { loadCatalogFile } from '../../../src/config/load-catalog-file.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { createRouteList, KEPT_NUMBERS, readDecision, readKeptPlan } from '../../../src/routing/decision.ts'

const config = loadConfig({ file: 'config/gateway.yaml', env: {} })
const catalog = loadCatalogFile(config)
const list = createRouteList(catalog)
const AT_MS = Date.UTC(2026, 10, 24, 22)

const scene: Scene = {
  catalog,
  aliases: config.routing.aliases,
  defaultTier: config.routing.defaultTier,
  disabled: new Set(),
}

const LUNA = 'openai/gpt-6-luna'
const HAIKU = 'anthropic/claude-haiku-5-5'
const NANO = 'openai/gpt-5.4-nano'

interface Verdicts {
  /** Expected costs in billionths of a dollar, in order of rank. */
  readonly eligible: readonly (readonly [route: string, nano: number, isBehind?: boolean])[]
  readonly rejected?: Readonly<Record<string, string>>
  /** Of all other routes; null: nobody asked. */
  readonly others?: string | null
}

function decision({ eligible, rejected = {}, others = 'off' }: Verdicts): string {
  const reasons = [...new Set([...Object.values(rejected), ...(others === null ? [] : [others])])]
  const codes = list.ids.map((id) => {
    if (eligible.some(([route]) => route === id)) return '.'
    const reason = rejected[id] ?? others
    return reason === null ? '-' : String.fromCharCode(0x61 + reasons.indexOf(reason))
  })
  const entries = eligible.map(
    ([route, nano, isBehind]) =>
      `${list.ids.indexOf(route)},${nano},${nano * 9}${isBehind === true ? ',1' : ''};`,
  )
  return `${list.version} c${entries.join('')}|${reasons.join(',')}|${codes.join('')}`
}

function attempt(route: string, cost: number, changes: object = {}): TrafficRow['attempts'][number] {
  return {
    route,
    startedAtMs: AT_MS,
    outcome: 'success',
    usage: { freshInput: 1_000, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0, output: 500, reasoning: 0 },
    source: 'provider',
    cost,
    ...changes,
  }
}

interface Case extends Verdicts {
  readonly attempts?: TrafficRow['attempts']
  readonly model?: string
  readonly tier?: TrafficRow['tier']
  readonly after?: Partial<Scene>
  readonly on?: readonly string[]
}

function reroute({
  attempts,
  model = 'standard',
  tier = 'standard',
  after = {},
  on = [],
  ...verdicts
}: Case): Rerouted {
  const [first] = verdicts.eligible
  const run = createReroute({ before: scene, after: { ...scene, ...after }, switchedOn: new Set(on) })
  return run(
    {
      id: 'req_1',
      startedAtMs: AT_MS,
      requestedModel: model,
      tier,
      decision: decision(verdicts),
      attempts: attempts === undefined ? [attempt(first?.[0] ?? '', 2_000_000)] : [...attempts],
    },
    list.ids,
  )
}

const without = (provider: string): Partial<Scene> => ({ disabled: new Set([provider]) })

describe('where a request goes', () => {
  const both = [
    [`${LUNA}@high`, 1_000],
    [`${HAIKU}@high`, 1_200],
  ] as const

  it('stays where nothing changed', () => {
    expect(reroute({ eligible: both })).toMatchObject({
      from: `${LUNA}@high`,
      to: `${LUNA}@high`,
      rerouted: 2_000_000,
    })
  })

  it('goes to the next where its provider is gone, at the estimate of that one times how far off this one was', () => {
    // The request cost twice what was expected of it.
    expect(reroute({ eligible: both, after: without('openai') })).toMatchObject({
      to: `${HAIKU}@high`,
      rerouted: 2_400_000,
      sameRoutes: 2_000_000,
    })
  })

  it('is refused where nobody is left, and where its name is gone', () => {
    expect(reroute({ eligible: [[`${LUNA}@high`, 1_000]], after: without('openai') })).toMatchObject({
      kind: 'refused',
      recorded: 2_000_000,
    })
    expect(
      reroute({ eligible: both, model: 'gpt-4o', tier: 'economy', after: { aliases: new Map() } }).kind,
    ).toBe('refused')
  })

  it('never goes back to a route that failed, or to one that was passed over', () => {
    const failed = attempt(`${HAIKU}@high`, 300_000, { outcome: 'overloaded' })
    const result = reroute({
      eligible: [
        [`${HAIKU}@high`, 10],
        [`${HAIKU}@xhigh`, 20],
        [`${LUNA}@high`, 1_000],
      ],
      attempts: [failed, attempt(`${LUNA}@high`, 2_000_000)],
    })
    // What the failed attempt was billed stays.
    expect(result).toMatchObject({ to: `${LUNA}@high`, recorded: 2_300_000, rerouted: 2_300_000 })
  })

  it('does not prefer a route that its provider would have refused', () => {
    expect(
      reroute({
        eligible: [
          [`${LUNA}@high`, 1_000],
          [`${HAIKU}@high`, 100, true],
        ],
      }),
    ).toMatchObject({
      to: `${LUNA}@high`,
    })
  })

  it('keeps a pinned model to itself', () => {
    expect(
      reroute({
        eligible: [[LUNA, 1_000]],
        model: LUNA,
        tier: 'economy',
        others: null,
        on: ['deepseek', 'alibaba'],
      }),
    ).toMatchObject({ to: LUNA })
  })

  it('is not compared where nothing was billed', () => {
    expect(reroute({ eligible: both, attempts: [attempt(LUNA, 0, { source: null })] }).kind).toBe('unbilled')
    expect(reroute({ eligible: both, attempts: [] }).kind).toBe('unbilled')
  })
})

describe('a route that was not looked at further', () => {
  // A tier below: cheap, and nothing else is known of it.
  const lower = { model: 'auto', after: { defaultTier: 'economy' as const }, others: 'off' }

  it('is taken where it can do all that the others have in common', () => {
    const result = reroute({
      ...lower,
      eligible: [
        [`${LUNA}@high`, 400_000],
        [`${HAIKU}@high`, 500_000],
      ],
      attempts: [attempt(`${LUNA}@high`, 400_000_000)],
      rejected: { [LUNA]: 'tier' },
    })
    expect(result).toMatchObject({ to: LUNA, isDecided: true })
    // At the tokens that were used, none of them from a cache.
    const prices = catalog.model(LUNA)?.prices?.segmentAt(AT_MS)?.brackets.ordinary[0]?.rates
    expect(result).toMatchObject({ rerouted: 1_000 * (prices?.input ?? 0) + 500 * (prices?.output ?? 0) })
  })

  it('is not where a capability that it lacks is known to be needed', () => {
    const lacks = catalog.routes.find(({ id, capabilities }) => id !== NANO && !capabilities.has('images'))
    expect(lacks).toBeDefined()
    const others = catalog.routes.filter(
      ({ capabilities, tier }) => !capabilities.has('images') && tier === 'economy',
    )
    const [cheap, another] = others
    const result = reroute({
      ...lower,
      eligible: [[`${LUNA}@high`, 400_000]],
      attempts: [attempt(`${LUNA}@high`, 400_000_000)],
      rejected: { [cheap?.id ?? '']: 'tier', [another?.id ?? lacks?.id ?? '']: 'capability:images' },
    })
    expect(result).toMatchObject({ to: `${LUNA}@high`, atLeast: 400_000_000 })
  })

  it('is said to be unknown where the log does not tell', () => {
    const able = catalog.routes.find(({ id }) => id === `${LUNA}@high`)
    const less = catalog.routes.find(
      ({ id, tier, provider, capabilities }) =>
        tier === 'economy' &&
        provider !== 'openai' &&
        catalog.prices(catalog.route(id) ?? expect.fail()) !== null &&
        [...(able?.capabilities ?? [])].some((name) => !capabilities.has(name)),
    )
    expect(less).toBeDefined()
    const result = reroute({
      ...lower,
      eligible: [[`${LUNA}@high`, 40_000_000]],
      attempts: [attempt(`${LUNA}@high`, 40_000_000_000)],
      rejected: { [less?.id ?? '']: 'tier' },
    })
    expect(result).toMatchObject({ to: `${LUNA}@high`, rerouted: 40_000_000_000 })
    expect(result.kind === 'compared' && result.atLeast).toBeLessThan(40_000_000_000)
  })

  it('stays off where its provider was, unless it is asked what it would have been like', () => {
    const eligible = [[`${LUNA}@high`, 400_000]] as const
    const given = { eligible, attempts: [attempt(`${LUNA}@high`, 4_000_000_000)] }
    expect(reroute(given)).toMatchObject({ to: `${LUNA}@high` })
    const on = reroute({ ...given, on: ['anthropic', 'openai', 'alibaba', 'deepseek', 'moonshot'] })
    expect(on.kind === 'compared' && on.atLeast).toBeLessThan(4_000_000_000)
  })
})

it('reads the same of a decision as those who show it', () => {
  const text = decision({
    eligible: [
      [LUNA, 123_456],
      [HAIKU, 200_000, true],
      [NANO, 0],
    ],
    rejected: { [`${LUNA}@high`]: 'tier', [`${HAIKU}@high`]: 'capability:images' },
  })
  const shown = readDecision(text, list.ids)
  const kept = readKeptPlan(text)
  const eligible = shown.filter(({ verdict }) => verdict !== 'ineligible')
  expect(kept?.eligible).toEqual(
    eligible.flatMap(({ route, expected_cost_usd: usd, reason }) => [
      list.ids.indexOf(route),
      Math.round((usd ?? 0) * 1e12),
      reason === 'rate_limited_upstream' ? 1 : 0,
    ]),
  )
  expect(kept?.eligible.length).toBe(3 * KEPT_NUMBERS)
  for (const { route, verdict, reason } of shown)
    expect(kept?.reasonAt(list.ids.indexOf(route))).toBe(verdict === 'ineligible' ? reason : null)
  expect(readKeptPlan('')).toBeNull()
  expect(readKeptPlan('nonsense')).toBeNull()
})
