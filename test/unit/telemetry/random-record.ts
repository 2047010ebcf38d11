// Any finished request, for property tests.

import fc from 'fast-check'
import type { AttemptRecord, RequestRecord } from '../../../src/core/request-record.ts'
import { PROVIDER_IDS } from '../../../src/core/route.ts'
import { TIERS } from '../../../src/core/tier.ts'

export const MODELS = PROVIDER_IDS.flatMap((provider) => [`${provider}/small`, `${provider}/large-2.1`])

const tokens = fc.nat(2_000_000)
const pico = fc.oneof(
  fc.nat(3),
  fc.maxSafeNat().map((amount) => amount % 200_000_000_000),
)

const usage = fc
  .record({
    freshInput: tokens,
    cacheRead: tokens,
    cacheWrite: tokens,
    cacheWriteLong: tokens,
    visible: tokens,
    reasoning: tokens,
  })
  .map(({ visible, ...usageOf }) => ({ ...usageOf, output: visible + usageOf.reasoning }))

const cost = fc.tuple(pico, pico, pico, pico).map(([input, cachedInput, cacheWrite, output]) => ({
  input,
  cachedInput,
  cacheWrite,
  output,
  total: input + cachedInput + cacheWrite + output,
}))

const attempt: fc.Arbitrary<AttemptRecord> = fc
  .record({
    provider: fc.constantFrom(...PROVIDER_IDS),
    model: fc.constantFrom('small', 'large-2.1', 'unheard-of'),
    outcome: fc.constantFrom('success', 'client_gone', 'connect', 'timeout', 'bad_request', 'interrupted'),
    firstByteAfterMs: fc.option(fc.nat(100_000)),
    tookMs: fc.nat(900_000),
    usage,
    cost,
    source: fc.option(fc.constantFrom('provider', 'drained', 'estimated')),
  })
  .map(({ firstByteAfterMs, tookMs, ...facts }) => ({
    ...facts,
    attemptId: 'request.1',
    route: `${facts.provider}/${facts.model}@high`,
    effort: 'high',
    startedAtMs: 1_000_000,
    firstByteAtMs: firstByteAfterMs === null ? null : 1_000_000 + firstByteAfterMs,
    endedAtMs: 1_000_000 + tookMs,
    status: null,
    reason: 'a reason',
  }))

export const randomRecord: fc.Arbitrary<RequestRecord> = fc
  .record({
    team: fc.option(fc.constantFrom('red', 'blue', 'grün "\\\n')),
    tier: fc.constantFrom(...TIERS),
    isStream: fc.boolean(),
    outcome: fc.constantFrom(
      'success',
      'client_gone',
      'stream_interrupted',
      'upstream_error',
      'internal_error',
    ),
    attempts: fc.array(attempt, { maxLength: 3 }),
    baseline: pico,
    overheadMs: fc.double({ min: 0, max: 200, noNaN: true }),
  })
  .map((facts) => ({
    ...facts,
    requestId: 'request',
    keyId: 'key_1',
    project: null,
    tags: {},
    startedAtMs: 1_000_000,
    endedAtMs: 2_000_000,
    requestedModel: 'gpt-4o',
    status: 200,
    baselineModel: 'openai/gpt-4o',
    decision: '{}',
  }))
