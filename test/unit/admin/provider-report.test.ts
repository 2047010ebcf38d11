import { describe, expect, it } from 'vitest'
import { buildProviderReport, type RouteStatus } from '../../../src/admin/provider-report.ts'

const ROUTE: RouteStatus = {
  route: 'deepseek/deepseek-flash@high',
  model: 'deepseek-flash',
  effort: 'high',
  tier: 'standard',
  circuit: { state: 'closed', because: null, untilMs: null },
  firstByteMs: 480.4,
  price: { input: 150_000, cachedInput: 3000, cacheWrite: null, output: 600_000 },
}
const OPEN: RouteStatus = {
  ...ROUTE,
  circuit: { state: 'open', because: 'overloaded', untilMs: Date.parse('2026-11-24T11:32:00Z') },
}
const HALF_OPEN: RouteStatus = { ...ROUTE, circuit: { state: 'half_open', because: 'timeout', untilMs: 0 } }

function healthOf(routes: readonly RouteStatus[], isOn = true): string | undefined {
  const status = { provider: 'deepseek', isOn, offBecause: isOn ? null : 'no key', routes } as const
  return buildProviderReport([status]).data[0]?.health
}

describe('buildProviderReport', () => {
  it('shows prices in dollars per million tokens, times in ISO 8601', () => {
    const report = buildProviderReport([
      { provider: 'deepseek', isOn: true, offBecause: null, routes: [OPEN] },
    ])
    expect(report).toEqual({
      object: 'list',
      data: [
        {
          id: 'deepseek',
          on: true,
          off_because: null,
          health: 'down',
          routes: [
            {
              id: 'deepseek/deepseek-flash@high',
              model: 'deepseek-flash',
              effort: 'high',
              tier: 'standard',
              circuit: { state: 'open', because: 'overloaded', until: '2026-11-24T11:32:00.000Z' },
              time_to_first_token_ms: 480,
              usd_per_million_tokens: { input: 0.15, cached_input: 0.003, cache_write: null, output: 0.6 },
            },
          ],
        },
      ],
    })
  })

  it('tells health from the circuits', () => {
    expect(healthOf([ROUTE, ROUTE])).toBe('healthy')
    expect(healthOf([ROUTE, OPEN])).toBe('degraded')
    expect(healthOf([OPEN, HALF_OPEN])).toBe('degraded')
    expect(healthOf([OPEN, OPEN])).toBe('down')
    expect(healthOf([OPEN], false)).toBe('off')
  })

  it('says null where a route has no price now', () => {
    const [provider] = buildProviderReport([
      {
        provider: 'openai',
        isOn: true,
        offBecause: null,
        routes: [{ ...ROUTE, price: null, firstByteMs: null }],
      },
    ]).data
    expect(provider?.routes[0]?.usd_per_million_tokens).toBeNull()
    expect(provider?.routes[0]?.time_to_first_token_ms).toBeNull()
  })
})
