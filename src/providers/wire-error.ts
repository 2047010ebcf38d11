// Error answers in OpenAI's shape, and what is common to reading any provider's: the body's fields and when to return.

import type { AttemptFailure, FailureClass } from '../core/failure.ts'
import { isRecord, type JsonRecord, parseJson, textOf } from './json-record.ts'

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** The parts of an error that its class is decided by. Empty where the provider said nothing. */
export interface ErrorFacts {
  readonly status: number
  readonly code: string
  readonly type: string
  readonly message: string
}

/** A provider's own reading of an error; null leaves it to the common one. */
export type ClassifyError = (facts: ErrorFacts) => FailureClass | null

const MAX_MESSAGE_LENGTH = 300

export function readWireError(
  answer: { status: number; headers: AnswerHeaders; body: Uint8Array },
  classify: ClassifyError,
): AttemptFailure {
  const { status, headers, body } = answer
  const facts = factsOf(errorObject(parseJson(Buffer.from(body).toString('utf8'))), status)
  return buildFailure(facts, { classify, retryAfterMs: readRetryAfterMs(headers), status })
}

/** An error inside a stream, whose status was 200. Where it says nothing known, the provider is at fault. */
export function readStreamFailure(error: JsonRecord, classify: ClassifyError): AttemptFailure {
  return buildFailure(factsOf(error, 500), { classify, retryAfterMs: null, status: null })
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
  readonly classify: ClassifyError
  readonly retryAfterMs: number | null
  /** Null for an error inside a stream, whose status was 200. */
  readonly status: number | null
}

function buildFailure(facts: ErrorFacts, { classify, retryAfterMs, status }: FailureDetails): AttemptFailure {
  return {
    class: classify(facts) ?? classOfStatus(facts.status),
    message: (facts.message || withoutReason(status)).slice(0, MAX_MESSAGE_LENGTH),
    status,
    code: facts.code || facts.type || null,
    retryAfterMs,
  }
}

function withoutReason(status: number | null): string {
  return status === null ? 'an error in the stream, without a reason' : `HTTP ${status} without a reason`
}

/** `{ error: {…} }`, `{ error: "…" }`, or the error itself, as some proxies send it. */
function errorObject(body: unknown): JsonRecord {
  if (!isRecord(body)) return {}
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

/** What remains when neither code nor type says more. 4xx without a known reason is the request's own fault. */
function classOfStatus(status: number): FailureClass {
  if (status === 401 || status === 403) return 'unauthorized'
  if (status === 402) return 'out_of_money'
  if (status === 404) return 'model_missing'
  if (status === 413) return 'context_too_long'
  if (status === 429) return 'rate_limited'
  if (status === 408) return 'timeout'
  return status >= 400 && status < 500 ? 'bad_request' : 'overloaded'
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
