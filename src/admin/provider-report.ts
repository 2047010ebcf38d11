// The providers as an operator sees them: on or off, healthy or not, how fast, and at what price right now.

import type { FailureClass } from '../core/failure.ts'
import type { Pico } from '../core/money.ts'
import type { Effort, ProviderName } from '../core/route.ts'
import type { Tier } from '../core/tier.ts'

/** Plain data, gathered by whoever holds circuits, latencies and the catalogue. */
export interface ProviderStatus {
  readonly provider: ProviderName
  readonly isOn: boolean
  /** Why it is off; null when it is on. */
  readonly offBecause: string | null
  readonly routes: readonly RouteStatus[]
}

export interface RouteStatus {
  readonly route: string
  readonly model: string
  readonly effort: Effort | null
  readonly tier: Tier
  readonly circuit: CircuitStatus
  /** Moving average of the time to the first content, milliseconds; null before the first answer. */
  readonly firstByteMs: number | null
  /** Null: no price in force now, so the route is never taken. */
  readonly price: PriceStatus | null
}

export interface CircuitStatus {
  readonly state: 'closed' | 'open' | 'half_open'
  /** What opened it; null when closed. */
  readonly because: FailureClass | null
  readonly untilMs: number | null
}

/** Picodollars per token for a short prompt, which are millionths of a dollar per million tokens. */
export interface PriceStatus {
  readonly input: Pico
  /** Null where the provider has no such class. */
  readonly cachedInput: Pico | null
  readonly cacheWrite: Pico | null
  readonly output: Pico
}

export type Health = 'off' | 'healthy' | 'degraded' | 'down'

export interface ProviderReport {
  readonly object: 'list'
  readonly data: readonly ProviderView[]
}

export type ProviderView = ReturnType<typeof viewProvider>

export function buildProviderReport(statuses: readonly ProviderStatus[]): ProviderReport {
  return { object: 'list', data: statuses.map(viewProvider) }
}

function viewProvider(status: ProviderStatus) {
  return {
    id: status.provider,
    on: status.isOn,
    off_because: status.offBecause,
    health: readHealth(status),
    routes: status.routes.map(viewRoute),
  }
}

function viewRoute({ route, model, effort, tier, circuit, firstByteMs, price }: RouteStatus) {
  return {
    id: route,
    model,
    effort,
    tier,
    circuit: {
      state: circuit.state,
      because: circuit.because,
      until: circuit.untilMs === null ? null : new Date(circuit.untilMs).toISOString(),
    },
    time_to_first_token_ms: firstByteMs === null ? null : Math.round(firstByteMs),
    usd_per_million_tokens:
      price === null
        ? null
        : {
            input: usdPerMillion(price.input),
            cached_input: price.cachedInput === null ? null : usdPerMillion(price.cachedInput),
            cache_write: price.cacheWrite === null ? null : usdPerMillion(price.cacheWrite),
            output: usdPerMillion(price.output),
          },
  }
}

/** A half-open circuit is on its way back: it takes requests, one at a time. */
function readHealth({ isOn, routes }: ProviderStatus): Health {
  if (!isOn) return 'off'
  const troubled = routes.filter(({ circuit }) => circuit.state !== 'closed')
  if (troubled.length === 0) return 'healthy'
  return routes.every(({ circuit }) => circuit.state === 'open') ? 'down' : 'degraded'
}

function usdPerMillion(picoPerToken: Pico): number {
  return picoPerToken / 1e6
}
