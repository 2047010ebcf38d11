import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RequestRecord } from '../../../src/core/request-record.ts'
import { batchListener } from '../../../src/telemetry/batched-listener.ts'
import type { TelemetryListener } from '../../../src/telemetry/listener.ts'

function setUp() {
  const told: string[] = []
  const listener: TelemetryListener = {
    finished: ({ requestId }) => void told.push(requestId),
    corrected: ({ requestId }) => void told.push(`corrected ${requestId}`),
    notBooked: () => void told.push('not booked'),
    refused: () => void told.push('refused'),
    alerted: () => void told.push('alerted'),
    budgetAlerted: () => void told.push('budget alerted'),
  }
  return { told, batched: batchListener(listener) }
}

const record = (requestId: string): RequestRecord => ({
  requestId,
  keyId: 'key',
  team: null,
  project: null,
  tags: {},
  startedAtMs: 0,
  endedAtMs: 1,
  requestedModel: 'auto',
  tier: 'standard',
  isStream: false,
  outcome: 'success',
  status: 200,
  attempts: [],
  baseline: 0,
  baselineModel: null,
  overheadMs: 0,
  decision: '',
})

describe('a listener that is told in batches', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('tells what finished within a quarter of a second, in order', () => {
    vi.useFakeTimers()
    const { told, batched } = setUp()
    batched.finished(record('one'))
    vi.advanceTimersByTime(150)
    batched.finished(record('two'))
    expect(told).toEqual([])
    vi.advanceTimersByTime(100)
    expect(told).toEqual(['one', 'two'])
    batched.finished(record('three'))
    vi.advanceTimersByTime(250)
    expect(told).toEqual(['one', 'two', 'three'])
  })

  it('tells at once when asked to', () => {
    vi.useFakeTimers()
    const { told, batched } = setUp()
    batched.finished(record('one'))
    batched.flush()
    expect(told).toEqual(['one'])
    vi.advanceTimersByTime(1_000)
    expect(told).toEqual(['one'])
  })

  it('keeps no more than a hundred', () => {
    vi.useFakeTimers()
    const { told, batched } = setUp()
    for (let index = 0; index < 250; index++) batched.finished(record(String(index)))
    expect(told).toHaveLength(200)
    batched.flush()
    expect(told).toEqual(Array.from({ length: 250 }, (_, index) => String(index)))
  })

  it('tells of a correction after what it corrects, and of all else at once', () => {
    vi.useFakeTimers()
    const { told, batched } = setUp()
    batched.finished(record('one'))
    batched.refused({ requestId: 'two', kind: 'invalid_request', keyId: null, team: null, cause: null })
    batched.corrected(record('one'))
    expect(told).toEqual(['refused', 'one', 'corrected one'])
  })
})
