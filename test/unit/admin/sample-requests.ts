// Finished requests for the tests of what is built on the ledger: numbers that can be added up by hand.

import { type AttemptRecord, type RequestRecord } from '../../../src/core/request-record.ts'
import type { Route } from '../../../src/core/route.ts'
import { createRouteList, encodeDecision } from '../../../src/routing/decision.ts'
import { ANY_TRAITS } from '../routing/route-samples.ts'

/** Cost 1,900 + 60 + 1,440 = 3,400 picodollars in millions: 0.0034 USD. Baseline 0.01 USD. */
export function sampleRequest(requestId: string, changes: Partial<RequestRecord> = {}): RequestRecord {
  const startedAtMs = changes.startedAtMs ?? Date.parse('2026-11-24T10:15:00Z')
  return {
    requestId,
    keyId: 'key_search',
    team: 'search',
    project: null,
    tags: { feature: 'faq' },
    endedAtMs: startedAtMs + 2500,
    requestedModel: 'gpt-4o',
    tier: 'standard',
    isStream: false,
    outcome: 'success',
    status: 200,
    attempts: [sampleAttempt(`${requestId}.1`, { startedAtMs: startedAtMs + 10 })],
    baseline: 10_000_000_000,
    baselineModel: 'openai/gpt-4o',
    overheadMs: 1.5,
    decision: DECISION,
    ...changes,
    startedAtMs,
  }
}

export function sampleAttempt(attemptId: string, changes: Partial<AttemptRecord> = {}): AttemptRecord {
  const startedAtMs = changes.startedAtMs ?? Date.parse('2026-11-24T10:15:00Z')
  return {
    attemptId,
    route: 'deepseek/deepseek-flash@high',
    provider: 'deepseek',
    model: 'deepseek-flash',
    effort: 'high',
    firstByteAtMs: startedAtMs + 480,
    endedAtMs: startedAtMs + 2480,
    outcome: 'success',
    status: 200,
    reason: null,
    usage: {
      freshInput: 1000,
      cacheRead: 500,
      cacheWrite: 0,
      cacheWriteLong: 0,
      output: 300,
      reasoning: 100,
    },
    source: 'provider',
    cost: {
      input: 1_900_000_000,
      cachedInput: 60_000_000,
      cacheWrite: 0,
      output: 1_440_000_000,
      total: 3_400_000_000,
    },
    ...changes,
    startedAtMs,
  }
}

/** An attempt that was refused before anything was billed. */
export function refusedAttempt(attemptId: string): AttemptRecord {
  return sampleAttempt(attemptId, {
    route: 'alibaba/qwen3.8-flash',
    provider: 'alibaba',
    model: 'qwen3.8-flash',
    effort: null,
    firstByteAtMs: null,
    outcome: 'overloaded',
    status: 503,
    reason: 'overloaded, try later',
    usage: { freshInput: 0, cacheRead: 0, cacheWrite: 0, cacheWriteLong: 0, output: 0, reasoning: 0 },
    source: null,
    cost: { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, total: 0 },
  })
}

const ROUTE: Route = {
  id: 'deepseek/deepseek-flash@high',
  provider: 'deepseek',
  model: 'deepseek-flash',
  effort: 'high',
  tier: 'standard',
  contextTokens: 128_000,
  maxPromptTokens: 128_000,
  maxOutputTokens: 8000,
  capabilities: new Set(['tools', 'json_object']),
  traits: ANY_TRAITS,
  reasons: true,
  toolsOnChat: 'always',
  tokenizer: 'deepseek',
  cache: null,
}

const QWEN: Route = {
  ...ROUTE,
  id: 'alibaba/qwen3.8-flash',
  provider: 'alibaba',
  model: 'qwen3.8-flash',
  effort: null,
}
const KIMI: Route = { ...ROUTE, id: 'moonshot/kimi-k2', provider: 'moonshot', model: 'kimi-k2', effort: null }

export const ROUTE_LIST = createRouteList({ version: 'v1', routes: [ROUTE, QWEN, KIMI] })

const DECISION = encodeDecision(
  {
    size: 2,
    placeAt: (rank) => rank,
    expectedCostAt: (rank) => (rank === 0 ? 3_000_000_000 : 4_000_000_000),
    worstCaseAt: (rank) => (rank === 0 ? 9_000_000_000 : 8_000_000_000),
    isBehindAt: () => false,
    verdicts: null,
    rejected: [{ route: KIMI, reason: 'tier', worstCase: null }],
  },
  ROUTE_LIST,
)
