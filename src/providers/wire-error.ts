// Error answers in OpenAI's shape, and what is common to reading any provider's: the body's fields and when to return.

import type { AttemptFailure } from '../core/failure.ts'
import { readDurationMs } from './duration.ts'
import { classifyError, type ErrorFacts, type ErrorTable } from './error-table.ts'
import { isRecord, type JsonRecord, parseJson, textOf } from './json-record.ts'

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

const MAX_MESSAGE_LENGTH = 300

export function readWireError(
  answer: { status: number; headers: AnswerHeaders; body: Uint8Array },
  table: ErrorTable,
): AttemptFailure {
  const { status, headers, body } = answer
  const text = Buffer.from(body).toString('utf8')
  const parsed = parseJson(text)
  const error = isRecord(parsed) ? errorObject(parsed) : { message: plainText(text, parsed) }
  return buildFailure(factsOf(error, status), { table, retryAfterMs: readRetryAfterMs(headers), status })
}

/** An error inside a stream, whose status was 200. Where it says nothing known, the provider is at fault. */
export function readStreamFailure(error: JsonRecord, table: ErrorTable): AttemptFailure {
  return buildFailure(factsOf(error, 500), { table, retryAfterMs: null, status: null })
}

/** What an answer says that is neither JSON nor a page. */
function plainText(text: string, parsed: unknown): string {
  return parsed === undefined && !text.includes('<') ? text.trim() : ''
}

function factsOf(error: JsonRecord, status: number): ErrorFacts {
  return {
    status,
    code: textOf(error['code']) ?? '',
    type: textOf(error['type']) ?? '',
    message: textOf(error['message']) ?? '',
  }
}

interface FailureDetails {
  readonly table: ErrorTable
  readonly retryAfterMs: number | null
  /** Null for an error inside a stream, whose status was 200. */
  readonly status: number | null
}

function buildFailure(facts: ErrorFacts, { table, retryAfterMs, status }: FailureDetails): AttemptFailure {
  const verdict = classifyError(table, facts)
  return {
    class: verdict.class,
    message: (facts.message || withoutReason(status)).slice(0, MAX_MESSAGE_LENGTH),
    status,
    code: facts.code || facts.type || null,
    retryAfterMs: retryAfterMs ?? waitInMessage(table, facts.message),
    ...(verdict.scope === undefined ? {} : { scope: verdict.scope }),
  }
}

function waitInMessage({ waitAfter }: ErrorTable, message: string): number | null {
  const found = waitAfter?.exec(message) ?? null
  return found === null ? null : readDurationMs(message.slice(found.index + found[0].length))
}

function withoutReason(status: number | null): string {
  return status === null ? 'an error in the stream, without a reason' : `HTTP ${status} without a reason`
}

/** `{ error: {…} }`, `{ error: "…" }`, or the error itself, as some proxies send it. */
function errorObject(body: JsonRecord): JsonRecord {
  const { error } = body
  if (typeof error === 'string') return { message: error }
  return isRecord(error) ? error : body
}

/** The error that an event of a stream tells instead of an answer; null for what is none. */
export function streamError(event: JsonRecord): JsonRecord | null {
  const { error, choices } = event
  if (isRecord(error) || typeof error === 'string') return errorObject(event)
  return choices === undefined && textOf(event['message']) !== null ? event : null
}

/** From `retry-after-ms`, or `retry-after` in seconds or as a date (against the answer's own). */
function readRetryAfterMs(headers: AnswerHeaders): number | null {
  const milliseconds = numberOf(headers['retry-after-ms'])
  if (milliseconds !== null) return milliseconds
  const header = headers['retry-after']
  const seconds = numberOf(header)
  if (seconds !== null) return seconds * 1000
  const until = Date.parse(String(header))
  const now = Date.parse(String(headers['date']))
  return Number.isNaN(until) || Number.isNaN(now) ? null : Math.max(0, until - now)
}

function numberOf(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d+(?:\.\d+)?$/.test(header.trim()) ? Number(header) : null
}
