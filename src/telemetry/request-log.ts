// What a finished request looks like in the log: one line of facts per request, one per failed attempt.

import { usdFromPico } from '../core/money.ts'
import {
  type AttemptOutcome,
  type AttemptRecord,
  type RequestRecord,
  requestCost,
} from '../core/request-record.ts'
import type { UsageSource } from '../core/usage.ts'
import type { PlainFields } from './logger.ts'

export type LogFields = Record<string, unknown>

export function requestLogFields(record: RequestRecord): PlainFields {
  const { attempts, startedAtMs } = record
  const last = attempts.at(-1)
  const cost = requestCost(record)
  return {
    request_id: record.requestId,
    ...(record.trace === undefined ? {} : { trace_id: record.trace.traceId }),
    key_id: record.keyId,
    team: record.team,
    project: record.project,
    requested_model: record.requestedModel.slice(0, 100).toWellFormed(),
    tier: record.tier,
    route: last?.route ?? null,
    stream: record.isStream,
    attempts: attempts.length,
    outcome: record.outcome,
    status: record.status,
    duration_ms: record.endedAtMs - startedAtMs,
    ttft_ms: last?.firstByteAtMs == null ? null : last.firstByteAtMs - startedAtMs,
    overhead_ms: Math.round(record.overheadMs * 1000) / 1000,
    tokens: sumTokens(attempts),
    cost_usd: usdFromPico(cost),
    saved_usd: usdFromPico(record.baseline - cost),
    source: leastCertain(attempts),
  }
}

/** The provider's words are left out where they may quote the request or a key; the ledger keeps them for /admin/requests. */
export function attemptLogFields(record: RequestRecord, attempt: AttemptRecord): LogFields {
  return {
    request_id: record.requestId,
    attempt_id: attempt.attemptId,
    route: attempt.route,
    outcome: attempt.outcome,
    status: attempt.status,
    duration_ms: attempt.endedAtMs - attempt.startedAtMs,
    ...(QUOTES_NOTHING.has(attempt.outcome) ? { reason: attempt.reason } : {}),
  }
}

export function isFailed(attempt: AttemptRecord): boolean {
  return attempt.outcome !== 'success' && attempt.outcome !== 'client_gone'
}

/** Failures of the transport, of the account, and those that are told in words of ours: nothing of what was asked. */
const QUOTES_NOTHING: ReadonlySet<AttemptOutcome> = new Set([
  'connect',
  'timeout',
  'interrupted',
  'overloaded',
  'rate_limited',
  'out_of_money',
  'model_missing',
  'schema_mismatch',
])

function sumTokens(attempts: readonly AttemptRecord[]): Readonly<Record<string, number>> {
  let input = 0
  let cached = 0
  let written = 0
  let output = 0
  let reasoning = 0
  for (const { source, usage } of attempts) {
    if (source === null) continue
    input += usage.freshInput
    cached += usage.cacheRead
    written += usage.cacheWrite + usage.cacheWriteLong
    output += usage.output - usage.reasoning
    reasoning += usage.reasoning
  }
  return { input, cached_input: cached, cache_write: written, output, reasoning }
}

/** Null when nothing was billed. */
function leastCertain(attempts: readonly AttemptRecord[]): UsageSource | null {
  let least: UsageSource | null = null
  for (const { source } of attempts) {
    if (source === 'estimated') return source
    if (source === 'drained' || least === null) least = source ?? least
  }
  return least
}
