// Providers that speak OpenAI's Chat Completions: the client's bytes with a few members changed, and its answer with none.
// What differs between them is a dialect.

import type { AttemptFailure, FailureClass } from '../core/failure.ts'
import type { ProviderId, Route } from '../core/route.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { editObject } from '../openai/json-edit.ts'
import { isRecord, type JsonRecord, parseJson } from './json-record.ts'
import type { Provider, Target } from './provider.ts'
import { readWireAnswer } from './wire-answer.ts'
import { type ClassifyError, readStreamFailure, readWireError } from './wire-error.ts'
import { createWireStream } from './wire-stream.ts'
import { readWireUsage, type UsageFields } from './wire-usage.ts'

export interface WireDialect {
  readonly id: ProviderId
  /** What the output cap is called. */
  readonly capField: 'max_tokens' | 'max_completion_tokens'
  readonly knowsDeveloperRole: boolean
  readonly usage: UsageFields
  /** Members that say in this provider's words how much to think, and those whose default differs from OpenAI's. */
  changes(request: ChatRequest, route: Route): MemberChanges
  /** Hints that this provider would refuse on this route. */
  refusedHints(route: Route): readonly string[]
  readonly classify: ClassifyError
  /** Finish reasons that tell of a failure of the provider's. */
  readonly failedFinishes?: Readonly<Record<string, FailureClass>>
}

export interface MemberChanges {
  readonly set?: Readonly<Record<string, unknown>>
  readonly remove?: readonly string[]
}

export const SAMPLING_HINTS = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty']
export const NO_CHANGES: MemberChanges = {}

const CAP_FIELDS = ['max_tokens', 'max_completion_tokens']

export function createOpenAiWireProvider(dialect: WireDialect): Provider {
  const readUsage = (value: unknown) => readWireUsage(value, dialect.usage)
  const readFinish = (reason: string) => readFailedFinish(reason, dialect.failedFinishes?.[reason])
  const answers = { readUsage, readFinish, failedFinishes: Object.keys(dialect.failedFinishes ?? {}) }
  return {
    id: dialect.id,
    authHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
    buildRequest: (request, target) => buildWireRequest(dialect, request, target),
    readResponse: (bytes) => readWireAnswer(bytes, answers),
    readStream: (options) =>
      createWireStream(
        { readUsage, readFinish, readStreamError: (error) => readStreamFailure(error, dialect.classify) },
        options,
      ),
    readError: (status, headers, body) => readWireError({ status, headers, body }, dialect.classify),
  }
}

function readFailedFinish(reason: string, failed: FailureClass | undefined): AttemptFailure | null {
  if (failed === undefined) return null
  return { class: failed, message: `finish_reason ${reason}`, status: null, code: reason, retryAfterMs: null }
}

function buildWireRequest(
  dialect: WireDialect,
  request: ChatRequest,
  { route, outputCap }: Target,
): UpstreamRequest {
  const { raw, members } = request
  const changes = dialect.changes(request, route)
  const cap = request.maxOutputTokens ?? outputCap
  const refused = dialect.refusedHints(route).filter((name) => members.has(name))
  const set: Record<string, string> = { model: JSON.stringify(route.model) }
  for (const [name, value] of Object.entries(changes.set ?? {})) set[name] = JSON.stringify(value)
  if (cap !== null) set[dialect.capField] = String(cap)
  if (request.isStream)
    set['stream_options'] = JSON.stringify({ ...streamOptions(request), include_usage: true })
  const otherCaps = CAP_FIELDS.filter((name) => name !== dialect.capField || cap === null)
  return {
    method: 'POST',
    path: '/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: editObject(raw, members, {
      set,
      remove: ['routing', ...otherCaps, ...refused, ...(changes.remove ?? [])].filter(
        (name) => !(name in set),
      ),
      replace: dialect.knowsDeveloperRole ? [] : developerRoles(request),
    }),
    // Null is the same as absent: nothing was asked.
    dropped: refused.filter((name) => memberValue(request, name) !== null),
  }
}

/** `developer` is what newer OpenAI models call `system`; the others know only that. */
function developerRoles({ messages }: ChatRequest) {
  return messages.flatMap(({ role, roleSpan }) =>
    role === 'developer' ? [{ span: roleSpan, json: '"system"' }] : [],
  )
}

function streamOptions(request: ChatRequest): JsonRecord {
  const value = memberValue(request, 'stream_options')
  return isRecord(value) ? value : {}
}

function memberValue({ raw, members }: ChatRequest, name: string): unknown {
  const member = members.get(name)
  return member === undefined ? undefined : parseJson(raw.toString('utf8', member.start, member.end))
}
