// Requests, attempts and holds with what a test cares about, and ordinary values for the rest.

import type { AttemptRecord, RequestRecord } from '../../src/core/request-record.ts'
import type { Hold } from '../../src/ledger/store.ts'

/** An ordinary Tuesday, on the hour. */
export const NOON_MS = Date.UTC(2026, 10, 24, 12)
export const HOUR_MS = 3_600_000

let count = 0

export function newRequestId(): string {
  count++
  return `req_${process.pid}_${String(count).padStart(6, '0')}`
}

export interface SampleAttempt extends Partial<Omit<AttemptRecord, 'cost' | 'usage'>> {
  readonly cost?: number
  readonly usage?: Partial<AttemptRecord['usage']>
}

export interface SampleRecord extends Partial<Omit<RequestRecord, 'attempts'>> {
  readonly attempts?: readonly SampleAttempt[]
}

export function sampleAttempt({ cost = 1_000, usage, ...given }: SampleAttempt = {}): AttemptRecord {
  return {
    attemptId: 'given by the request',
    route: 'openai/gpt-6-luna',
    provider: 'openai',
    model: 'gpt-6-luna',
    effort: null,
    startedAtMs: NOON_MS,
    firstByteAtMs: NOON_MS + 200,
    endedAtMs: NOON_MS + 900,
    outcome: 'success',
    status: 200,
    reason: null,
    usage: {
      freshInput: 100,
      cacheRead: 20,
      cacheWrite: 3,
      cacheWriteLong: 2,
      output: 50,
      reasoning: 30,
      ...usage,
    },
    source: 'provider',
    ...given,
    cost: { input: cost, cachedInput: 0, cacheWrite: 0, output: 0, total: cost },
  }
}

export function sampleRecord({ attempts = [{}], ...given }: SampleRecord = {}): RequestRecord {
  const requestId = given.requestId ?? newRequestId()
  return {
    keyId: 'key_1',
    team: null,
    project: null,
    tags: {},
    startedAtMs: NOON_MS,
    endedAtMs: NOON_MS + 1_000,
    requestedModel: 'standard',
    tier: 'standard',
    isStream: false,
    outcome: 'success',
    status: 200,
    baseline: 5_000,
    baselineModel: 'openai/gpt-4o',
    overheadMs: 0.25,
    decision: '{"candidates":[]}',
    ...given,
    requestId,
    attempts: attempts.map((attempt, index) => ({
      ...sampleAttempt(attempt),
      attemptId: `${requestId}.${index + 1}`,
    })),
  }
}

/** The hold that was taken for a record: twice its cost. */
export function sampleHold(record: RequestRecord, given: Partial<Hold> = {}): Hold {
  const first = record.attempts[0] ?? sampleAttempt()
  return {
    keyId: record.keyId,
    team: record.team,
    project: record.project,
    requestId: record.requestId,
    amount: 2 * first.cost.total,
    heldAtMs: record.startedAtMs,
    leaseUntilMs: record.startedAtMs + 30_000,
    tags: record.tags,
    requestedModel: record.requestedModel,
    tier: record.tier,
    isStream: record.isStream,
    decision: record.decision,
    dispatch: {
      attempt: { ...first, outcome: 'expired', source: 'estimated' },
      baseline: record.baseline,
      baselineModel: record.baselineModel,
    },
    ...given,
  }
}

/** What the sweep books for a hold that ran out. */
export function expiredRecord(
  record: RequestRecord,
  given: { cost: number; startedAtMs?: number },
): RequestRecord {
  return sampleRecord({
    requestId: record.requestId,
    startedAtMs: given.startedAtMs ?? record.startedAtMs,
    outcome: 'expired',
    status: 500,
    attempts: [{ outcome: 'expired', source: 'estimated', cost: given.cost }],
  })
}
