import { describe, expect, it } from 'vitest'
import {
  type AttemptFailure,
  type CircuitScope,
  FAILURE_POLICY,
  type FailureClass,
} from '../../../src/core/failure.ts'
import { type CircuitAlert, createCircuits } from '../../../src/upstream/circuits.ts'

const LUNA = { provider: 'openai', model: 'gpt-6-luna' } as const
const SOL = { provider: 'openai', model: 'gpt-6-sol' } as const
const FLASH = { provider: 'deepseek', model: 'deepseek-flash' } as const

function setUp() {
  let nowMs = 1_000_000
  const alerts: CircuitAlert[] = []
  const circuits = createCircuits({
    clock: { now: () => nowMs },
    failures: 3,
    windowMs: 10_000,
    openMs: 5_000,
    rateLimitMs: 60_000,
    openLongMs: 600_000,
    disableMs: 3_600_000,
    onAlert: (alert) => void alerts.push(alert),
  })
  return {
    circuits,
    alerts,
    advance: (ms: number) => {
      nowMs += ms
    },
    state: (subject: typeof LUNA | typeof SOL | typeof FLASH) => circuits.status(subject).state,
  }
}

function failure(
  failureClass: FailureClass,
  { retryAfterMs = null, scope }: { retryAfterMs?: number | null; scope?: CircuitScope } = {},
): AttemptFailure {
  return {
    class: failureClass,
    message: 'no',
    status: 500,
    code: 'x',
    retryAfterMs,
    ...(scope === undefined ? {} : { scope }),
  }
}

describe('circuits', () => {
  it('open after enough failures within the window, and let one probe through when the time is up', () => {
    const { circuits, advance, state } = setUp()
    circuits.failed(LUNA, failure('overloaded'))
    circuits.failed(LUNA, failure('timeout'))
    expect(state(LUNA)).toBe('closed')
    circuits.failed(LUNA, failure('interrupted'))
    expect(circuits.status(LUNA)).toEqual({ state: 'open', because: 'interrupted', untilMs: 1_005_000 })
    expect(circuits.admit(LUNA)).toBe(false)
    advance(5_000)
    expect(state(LUNA)).toBe('half_open')
    expect(circuits.admit(LUNA)).toBe(true)
    expect(circuits.admit(LUNA)).toBe(false)
    circuits.succeeded(LUNA)
    expect(circuits.status(LUNA)).toEqual({ state: 'closed', because: null, untilMs: null })
    expect(circuits.admit(LUNA)).toBe(true)
    expect(circuits.admit(LUNA)).toBe(true)
  })

  it('open again at once when the probe fails, and let another one through when it said nothing', () => {
    const { circuits, advance, state } = setUp()
    for (let count = 0; count < 3; count++) circuits.failed(LUNA, failure('overloaded'))
    advance(5_000)
    expect(circuits.admit(LUNA)).toBe(true)
    circuits.failed(LUNA, failure('overloaded'))
    expect(state(LUNA)).toBe('open')
    advance(5_000)
    expect(circuits.admit(LUNA)).toBe(true)
    circuits.released(LUNA)
    expect(circuits.admit(LUNA)).toBe(true)
  })

  it('take no word of requests from before they opened for that of their probe', () => {
    const { circuits, advance, state } = setUp()
    const before = 1_000_000
    for (let count = 0; count < 3; count++) circuits.failed(LUNA, failure('overloaded'), before)
    advance(5_000)
    circuits.succeeded(LUNA, before)
    expect(state(LUNA)).toBe('half_open')
    expect(circuits.admit(LUNA)).toBe(true)
    circuits.released(LUNA, before)
    circuits.failed(LUNA, failure('overloaded'), before)
    circuits.succeeded(LUNA, before)
    expect([state(LUNA), circuits.admit(LUNA)]).toEqual(['half_open', false])
    circuits.succeeded(LUNA, before + 5_000)
    expect([state(LUNA), circuits.admit(LUNA)]).toEqual(['closed', true])
  })

  it('forget failures that are older than the window', () => {
    const { circuits, advance, state } = setUp()
    circuits.failed(LUNA, failure('overloaded'))
    circuits.failed(LUNA, failure('overloaded'))
    advance(10_001)
    circuits.failed(LUNA, failure('overloaded'))
    expect(state(LUNA)).toBe('closed')
  })

  it.each(['out_of_money', 'unauthorized'] as const)(
    'of a whole provider open long after %s, with one alert until it works again',
    (failureClass) => {
      const { circuits, alerts, advance, state } = setUp()
      circuits.failed(LUNA, failure(failureClass))
      circuits.failed(SOL, failure(failureClass))
      expect([state(LUNA), state(SOL), state(FLASH)]).toEqual(['open', 'open', 'closed'])
      advance(599_999)
      expect(state(SOL)).toBe('open')
      advance(1)
      expect(circuits.admit(SOL)).toBe(true)
      expect(circuits.admit(LUNA)).toBe(false)
      circuits.failed(SOL, failure(failureClass))
      expect(state(LUNA)).toBe('open')
      expect(alerts).toEqual([
        {
          ...LUNA,
          scope: 'provider',
          because: failureClass,
          status: 500,
          code: 'x',
          untilMs: 1_600_000,
        },
      ])
      advance(600_000)
      expect(circuits.admit(SOL)).toBe(true)
      circuits.succeeded(SOL)
      expect(state(LUNA)).toBe('closed')
      circuits.failed(LUNA, failure(failureClass))
      expect(alerts).toHaveLength(2)
    },
  )

  it('disable a missing model for an hour, and it alone, with one alert', () => {
    const { circuits, alerts, advance, state } = setUp()
    circuits.failed(LUNA, failure('model_missing'))
    circuits.failed(LUNA, failure('model_missing'))
    advance(3_599_999)
    expect([state(LUNA), state(SOL)]).toEqual(['open', 'closed'])
    expect(alerts).toMatchObject([{ scope: 'model', model: 'gpt-6-luna', because: 'model_missing' }])
    advance(1)
    expect(state(LUNA)).toBe('half_open')
  })

  it('pause for as long as the provider asks, for a minute when it does not say, never for more than an hour', () => {
    const { circuits, alerts, advance, state } = setUp()
    circuits.failed(LUNA, failure('rate_limited', { retryAfterMs: 30_000 }))
    circuits.failed(SOL, failure('rate_limited'))
    circuits.failed(FLASH, failure('rate_limited', { retryAfterMs: 86_400_000 }))
    advance(30_000)
    expect([state(LUNA), state(SOL), state(FLASH)]).toEqual(['half_open', 'open', 'open'])
    advance(30_000)
    expect([state(SOL), state(FLASH)]).toEqual(['half_open', 'open'])
    advance(3_540_000)
    expect(state(FLASH)).toBe('half_open')
    expect(alerts).toEqual([])
  })

  it('take a failure for more, or for less, where the provider means that', () => {
    const { circuits, state } = setUp()
    circuits.failed(LUNA, failure('rate_limited', { scope: 'provider' }))
    expect([state(LUNA), state(SOL)]).toEqual(['open', 'open'])
    circuits.failed(FLASH, failure('unauthorized', { scope: 'model' }))
    expect(circuits.status({ provider: 'deepseek', model: 'deepseek-v4-pro' }).state).toBe('closed')
    expect(state(FLASH)).toBe('open')
  })

  it('count refused connections against the whole provider', () => {
    const { circuits, state } = setUp()
    circuits.failed(LUNA, failure('connect'))
    circuits.failed(SOL, failure('connect'))
    circuits.failed(LUNA, failure('connect'))
    expect([state(LUNA), state(SOL), state(FLASH)]).toEqual(['open', 'open', 'closed'])
  })

  it('stay open when what was sent before ends well', () => {
    const { circuits, alerts, state } = setUp()
    circuits.failed(LUNA, failure('out_of_money'))
    circuits.succeeded(SOL)
    expect(state(LUNA)).toBe('open')
    circuits.failed(SOL, failure('out_of_money'))
    expect(alerts).toHaveLength(1)
  })

  it('need both circuits: a provider that comes back does not bring back a disabled model', () => {
    const { circuits, advance, state } = setUp()
    circuits.failed(LUNA, failure('model_missing'))
    circuits.failed(SOL, failure('out_of_money'))
    expect(circuits.status(LUNA).because).toBe('model_missing')
    advance(600_000)
    expect(circuits.admit(LUNA)).toBe(false)
    expect(circuits.admit(SOL)).toBe(true)
    circuits.succeeded(SOL)
    expect([state(LUNA), state(SOL)]).toEqual(['open', 'closed'])
  })

  it('hold nothing against a route for what the request itself did wrong', () => {
    const { circuits, state } = setUp()
    const harmless = Object.entries(FAILURE_POLICY).flatMap(([name, { blame }]) =>
      blame === 'request' ? [name] : [],
    )
    expect(harmless).toEqual(['context_too_long', 'content_filter', 'not_supported', 'bad_request'])
    for (const name of ['context_too_long', 'content_filter', 'not_supported', 'bad_request'] as const)
      for (let count = 0; count < 10; count++) circuits.failed(LUNA, failure(name))
    expect(state(LUNA)).toBe('closed')
  })
})
