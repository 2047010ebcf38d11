// The requests that were made: a list to look through, and one of them whole, with its decision and every attempt.

import { z } from 'zod'
import { strictInput } from '../access/strict-input.ts'
import type { KeptContent } from '../content/content-archive.ts'
import { GatewayError } from '../core/errors.ts'
import { picoFromUsd, usdFromPico } from '../core/money.ts'
import {
  type AttemptRecord,
  REQUEST_OUTCOMES,
  type RequestRecord,
  requestCost,
} from '../core/request-record.ts'
import { promptTokens } from '../core/usage.ts'
import type { LedgerStore, RequestFilter } from '../ledger/store.ts'
import { type DecisionCandidate, decisionVersion, type RouteList, readDecision } from '../routing/decision.ts'
import type { ContentAdmin } from './content-admin.ts'
import { fromStore } from './from-store.ts'
import { invalidInput, parseInput } from './parse-input.ts'
import { parseInstant } from './parse-instant.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 500

const once = z
  .string('must be given once')
  .min(1, 'must not be empty')
  .max(300, 'is longer than 300 characters')
const querySchema = strictInput(
  {
    from: once.exactOptional(),
    to: once.exactOptional(),
    key: once.exactOptional(),
    team: once.exactOptional(),
    model: once.exactOptional(),
    // Checked, so that a typing error is told from an empty result.
    outcome: z.enum(REQUEST_OUTCOMES, `must be one of ${REQUEST_OUTCOMES.join(', ')}`).exactOptional(),
    cost_over_usd: once.exactOptional(),
    limit: once.exactOptional(),
    cursor: once.exactOptional(),
  },
  { wanted: 'The query must be an object' },
)

export interface RequestLog {
  /** Newest first. `query` as it came in a query string. */
  readonly list: (query: unknown) => Promise<RequestList>
  readonly get: (id: string) => Promise<RequestDetails>
}

export interface RequestList {
  readonly object: 'list'
  readonly data: readonly RequestSummary[]
  readonly has_more: boolean
  /** Sent back as `cursor`, it gives the next page; null on the last one. */
  readonly next_cursor: string | null
}

export type RequestSummary = ReturnType<typeof viewSummary>
export type AttemptDetails = ReturnType<typeof viewAttempt>

export interface RequestDetails extends RequestSummary {
  readonly trace_id: string | null
  readonly overhead_ms: number
  readonly attempts: readonly AttemptDetails[]
  readonly decision: {
    /** Every route that was looked at, with its numbers and verdict. */
    readonly candidates: readonly DecisionCandidate[]
  }
  /** Null where none was sampled, or its time is over. */
  readonly content: KeptContent | null
}

export interface RequestLogOptions {
  readonly ledger: Pick<LedgerStore, 'requests' | 'request' | 'routes'>
  readonly content: Pick<ContentAdmin, 'read'>
  /** The catalogue's of this process, if it has one: its decisions can be read even where the store was away when its routes were to be kept. */
  readonly routeList: () => RouteList | null
}

export function createRequestLog({ ledger, content, routeList }: RequestLogOptions): RequestLog {
  const readCandidates = async ({ decision }: RequestRecord): Promise<readonly DecisionCandidate[]> => {
    const version = decisionVersion(decision)
    if (version === null) return []
    const own = routeList()
    const ids = version === own?.version ? own.ids : await fromStore(ledger.routes(version))
    return ids === null ? [] : readDecision(decision, ids)
  }
  return {
    async list(query) {
      const { records, nextCursor } = await fromStore(ledger.requests(parseRequestFilter(query)))
      return {
        object: 'list',
        data: records.map(viewSummary),
        has_more: nextCursor !== null,
        next_cursor: nextCursor,
      }
    },
    async get(id) {
      const record = await fromStore(ledger.request(id))
      if (record === null) throw unknownRequest(id)
      return {
        ...viewSummary(record),
        trace_id: record.trace?.traceId ?? null,
        overhead_ms: record.overheadMs,
        attempts: record.attempts.map(viewAttempt),
        decision: { candidates: await readCandidates(record) },
        content: record.team === null ? null : await content.read(record.team, id),
      }
    },
  }
}

function parseRequestFilter(input: unknown): RequestFilter {
  const { from, to, key, limit, cost_over_usd: costOver, ...filter } = parseInput(querySchema, input)
  return {
    ...filter,
    limit: readLimit(limit),
    ...(key === undefined ? {} : { keyId: key }),
    ...(from === undefined ? {} : { fromMs: parseInstant(from, 'from') }),
    ...(to === undefined ? {} : { toMs: parseInstant(to, 'to') }),
    ...(costOver === undefined ? {} : { costOver: readCostOver(costOver) }),
  }
}

function readCostOver(text: string): bigint {
  if (/^\d{1,9}(?:\.\d{1,12})?$/.test(text)) return picoFromUsd(text)
  throw invalidInput(
    'cost_over_usd',
    'must be an amount of US dollars such as 0.05, with at most twelve decimals',
  )
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalidInput('limit', `must be a whole number from 1 to ${MAX_LIMIT}`)
  return limit
}

function viewSummary(record: RequestRecord) {
  const answered = record.attempts.at(-1)
  const cost = requestCost(record)
  return {
    id: record.requestId,
    key_id: record.keyId,
    team: record.team,
    project: record.project,
    tags: record.tags,
    requested_model: record.requestedModel,
    tier: record.tier,
    /** Of the last attempt: the one that answered, if any did. */
    route: answered?.route ?? null,
    provider: answered?.provider ?? null,
    model: answered?.model ?? null,
    stream: record.isStream,
    outcome: record.outcome,
    status: record.status,
    started_at: iso(record.startedAtMs),
    ended_at: iso(record.endedAtMs),
    duration_ms: record.endedAtMs - record.startedAtMs,
    attempt_count: record.attempts.length,
    input_tokens: sum(record.attempts, (attempt) => promptTokens(attempt.usage)),
    cached_tokens: sum(record.attempts, (attempt) => attempt.usage.cacheRead),
    output_tokens: sum(record.attempts, (attempt) => attempt.usage.output),
    reasoning_tokens: sum(record.attempts, (attempt) => attempt.usage.reasoning),
    cost_usd: usdFromPico(cost),
    baseline_usd: usdFromPico(record.baseline),
    saved_usd: usdFromPico(record.baseline - cost),
    baseline_model: record.baselineModel,
    is_estimated: record.attempts.some((attempt) => attempt.source === 'estimated'),
  }
}

function viewAttempt(attempt: AttemptRecord) {
  const { usage, cost } = attempt
  return {
    id: attempt.attemptId,
    route: attempt.route,
    provider: attempt.provider,
    model: attempt.model,
    effort: attempt.effort,
    outcome: attempt.outcome,
    status: attempt.status,
    reason: attempt.reason,
    started_at: iso(attempt.startedAtMs),
    time_to_first_token_ms:
      attempt.firstByteAtMs === null ? null : attempt.firstByteAtMs - attempt.startedAtMs,
    duration_ms: attempt.endedAtMs - attempt.startedAtMs,
    usage: {
      input_tokens: promptTokens(usage),
      cached_tokens: usage.cacheRead,
      cache_write_tokens: usage.cacheWrite + usage.cacheWriteLong,
      output_tokens: usage.output,
      reasoning_tokens: usage.reasoning,
    },
    /** How the usage is known; null where the provider bills nothing. */
    usage_source: attempt.source,
    cost_usd: usdFromPico(cost.total),
    cost_details: {
      input: usdFromPico(cost.input),
      cached_input: usdFromPico(cost.cachedInput),
      cache_write: usdFromPico(cost.cacheWrite),
      output: usdFromPico(cost.output),
    },
  }
}

function sum(attempts: readonly AttemptRecord[], count: (attempt: AttemptRecord) => number): number {
  return attempts.reduce((total, attempt) => total + count(attempt), 0)
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}

export function unknownRequest(id: string): GatewayError {
  const shown = JSON.stringify(id.slice(0, 100)).slice(1, -1)
  return new GatewayError(
    'not_found',
    `There is no request "${shown}" in the ledger. A request is there as soon as it has ended; its id is the x-request-id of the answer.`,
  )
}
