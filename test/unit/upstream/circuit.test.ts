import { describe, expect, it } from 'vitest'
import { type Circuits, createCircuits } from '../../../src/upstream/circuit.ts'

const setUp = (): { circuits: Circuits; advance: (ms: number) => void } => {
  let nowMs = 1_000_000
  const circuits = createCircuits({
    clock: { now: () => nowMs },
    failures: 3,
    windowMs: 10_000,
    openMs: 5_000,
    openLongMs: 600_000,
  })
  return {
    circuits,
    advance: (ms) => {
      nowMs += ms
    },
  }
}

describe('circuits', () => {
  it('opens after enough failures within the window, and lets one probe through when the time is up', () => {
    const { circuits, advance } = setUp()
    circuits.failed('r', 'overloaded', null)
    circuits.failed('r', 'timeout', null)
    expect(circuits.state('r')).toBe('closed')
    circuits.failed('r', 'connect', null)
    expect(circuits.state('r')).toBe('open')
    expect(circuits.admit('r')).toBe(false)
    advance(5_000)
    expect(circuits.state('r')).toBe('half_open')
    expect(circuits.admit('r')).toBe(true)
    expect(circuits.admit('r')).toBe(false)
    circuits.succeeded('r')
    expect(circuits.state('r')).toBe('closed')
    expect(circuits.admit('r')).toBe(true)
    expect(circuits.admit('r')).toBe(true)
  })

  it('opens again at once when the probe fails, and lets another one through when it said nothing', () => {
    const { circuits, advance } = setUp()
    for (let count = 0; count < 3; count++) circuits.failed('r', 'overloaded', null)
    advance(5_000)
    expect(circuits.admit('r')).toBe(true)
    circuits.failed('r', 'overloaded', null)
    expect(circuits.state('r')).toBe('open')
    advance(5_000)
    expect(circuits.admit('r')).toBe(true)
    circuits.released('r')
    expect(circuits.admit('r')).toBe(true)
  })

  it('forgets failures that are older than the window', () => {
    const { circuits, advance } = setUp()
    circuits.failed('r', 'overloaded', null)
    circuits.failed('r', 'overloaded', null)
    advance(10_001)
    circuits.failed('r', 'overloaded', null)
    expect(circuits.state('r')).toBe('closed')
  })

  it.each(['out_of_money', 'unauthorized', 'model_missing'] as const)(
    'stays open long after %s',
    (failure) => {
      const { circuits, advance } = setUp()
      circuits.failed('r', failure, null)
      advance(599_999)
      expect(circuits.state('r')).toBe('open')
      expect(circuits.open()).toMatchObject([{ routeId: 'r', because: failure, state: 'open' }])
      advance(1)
      expect(circuits.state('r')).toBe('half_open')
    },
  )

  it('keeps away as long as the provider asks, but never for more than an hour', () => {
    const { circuits, advance } = setUp()
    circuits.failed('r', 'rate_limited', 30_000)
    advance(29_999)
    expect(circuits.state('r')).toBe('open')
    advance(1)
    expect(circuits.state('r')).toBe('half_open')
    circuits.failed('s', 'rate_limited', 86_400_000)
    advance(3_600_000)
    expect(circuits.state('s')).toBe('half_open')
  })

  it('holds nothing against a route for what the request itself did wrong', () => {
    const { circuits } = setUp()
    for (let count = 0; count < 10; count++) circuits.failed('r', 'bad_request', null)
    for (let count = 0; count < 10; count++) circuits.failed('r', 'content_filter', null)
    expect(circuits.state('r')).toBe('closed')
    expect(circuits.open()).toEqual([])
  })
})
