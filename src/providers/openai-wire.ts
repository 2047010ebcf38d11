// Providers that speak OpenAI's Chat Completions: the client's bytes with a few members changed, and its answer with none.
// What differs between them is a dialect.

import type { AttemptFailure, FailureClass } from '../core/failure.ts'
import { isHint, isSent, lostHints, withinRange } from '../core/hints.ts'
import type { Effort, ProviderName, Route } from '../core/route.ts'
import type { UpstreamRequest } from '../core/upstream-request.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { editObject } from '../openai/json-edit.ts'
import type { ErrorTable } from './error-table.ts'
import { isRecord, type JsonRecord, parseJson } from './json-record.ts'
import type { Provider, Target } from './provider.ts'
import { originalNames, renamedTools } from './tool-names.ts'
import { hasOtherReasoning } from './turn-changes.ts'
import { readWireAnswer } from './wire-answer.ts'
import { readStreamFailure, readWireError } from './wire-error.ts'
import { lostCacheMarks, type MessageDialect, messageEdits } from './wire-messages.ts'
import { createWireStream } from './wire-stream.ts'
import { formatMember, lostRoots, toolMembers } from './wire-tools.ts'
import { hasReasoning } from './wire-turn.ts'
import { readWireUsage, type UsageFields } from './wire-usage.ts'

export interface WireDialect extends MessageDialect {
  readonly id: ProviderName
  /** Whether reasoning is billed that is not sent; absent: it is sent. */
  readonly hidesReasoning?: boolean
  /** Parameters of others, which are refused here; absent: others' parameters are ignored. */
  readonly foreign?: ReadonlySet<string>
  /** What the output cap is called. */
  readonly capField: 'max_tokens' | 'max_completion_tokens'
  /** Whether a stream can be asked for its usage; absent: it can. */
  readonly takesStreamOptions?: boolean | undefined
  /** `tool_choice` may narrow the tools of one turn (`allowed_tools`). */
  readonly knowsAllowedTools: boolean
  /** What a tool takes has to be an object with properties, without a choice at its root; absent: any schema will do. */
  readonly wantsRoots?: boolean
  /** Where a request goes whose answer goes on from a given text. */
  readonly continuePath: string
  readonly usage: UsageFields
  /** Whether a request may have had the prompt cached for long, where the answer does not say for how long; absent: none may. */
  writesLong?(request: ChatRequest): boolean
  /** Members that say how much to think. `word`: the provider's own, from the catalogue. */
  effort(word: string): Members
  /** Members whose default differs from OpenAI's, with OpenAI's, for a client that says nothing of them. */
  defaults?(request: ChatRequest, route: Route): Members
  readonly errors: ErrorTable
  /** Finish reasons that tell of a failure of the provider's. */
  readonly failedFinishes?: Readonly<Record<string, FailureClass>>
}

type Members = Readonly<Record<string, unknown>>

export const CHAT_PATH = '/chat/completions'
const CAP_FIELDS: ReadonlySet<string> = new Set(['max_tokens', 'max_completion_tokens'])
const EFFORT_FIELDS: ReadonlySet<string> = new Set(['reasoning_effort', 'thinking', 'enable_thinking'])
/** OpenAI refuses them where there are no tools. */
const TOOL_FIELDS: ReadonlySet<string> = new Set([
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
])

export function createOpenAiWireProvider(dialect: WireDialect): Provider {
  const readUsage = (value: unknown, request?: ChatRequest) =>
    readWireUsage(value, dialect.usage, () => request !== undefined && dialect.writesLong?.(request) === true)
  const readFinish = (reason: string) => readFailedFinish(reason, dialect.failedFinishes?.[reason])
  const failedFinishes = Object.keys(dialect.failedFinishes ?? {}).map((reason) => Buffer.from(reason))
  const answers = { readUsage, readFinish, failedFinishes }
  return {
    id: dialect.id,
    hidesReasoning: dialect.hidesReasoning === true,
    wantsTurnsOf: typeof dialect.reasoning === 'object' ? 'any_model' : null,
    authHeaders: (apiKey) => ({ authorization: `Bearer ${apiKey}` }),
    buildRequest: (request, target) => buildWireRequest(dialect, request, target),
    readResponse: (bytes, options) => readWireAnswer(bytes, answers, options),
    readStream: (options) =>
      createWireStream(
        { readUsage, readFinish, readStreamError: (error) => readStreamFailure(error, dialect.errors) },
        options,
      ),
    readError: (status, headers, body) => readWireError({ status, headers, body }, dialect.errors),
  }
}

function readFailedFinish(reason: string, failed: FailureClass | undefined): AttemptFailure | null {
  if (failed === undefined) return null
  return { class: failed, message: `finish_reason ${reason}`, status: null, code: reason, retryAfterMs: null }
}

function buildWireRequest(dialect: WireDialect, request: ChatRequest, target: Target): UpstreamRequest {
  const { route, outputCap, mayThink } = target
  const { raw, members } = request
  const cap = request.maxOutputTokens ?? outputCap
  const thinking = thinkingMembers(
    dialect,
    mayThink ? (route.effort ?? request.reasoningEffort) : 'none',
    route,
  )
  const names = renamedTools(request, route)
  // Names that were changed are changed back as the answer passes, which only a stream does.
  const isStream = request.isStream || route.traits.streamsAlways || names.size > 0
  const set: Record<string, unknown> = {
    model: route.model,
    ...dialect.defaults?.(request, route),
    ...movedHints(request, route),
    ...thinking,
    ...formatMember(request, route),
    ...toolMembers(request, {
      route,
      names,
      knowsAllowedTools: dialect.knowsAllowedTools,
      wantsRoots: dialect.wantsRoots === true,
    }),
  }
  if (cap !== null) set[dialect.capField] = cap
  if (hasEmptyStop(request)) set['stop'] = request.features.stops
  const asksForUsage = isStream && dialect.takesStreamOptions !== false
  if (asksForUsage) set['stream_options'] = { ...streamOptions(request), include_usage: true }
  if (isStream !== request.isStream) set['stream'] = true
  const isUnwanted = (name: string): boolean =>
    name === 'routing' ||
    (name === 'stream_options' && !asksForUsage) ||
    (CAP_FIELDS.has(name) && (name !== dialect.capField || cap === null)) ||
    (EFFORT_FIELDS.has(name) && (thinking !== null || !isHintTaken(route, request, name))) ||
    (isHint(name) && !isSent(route, name, request.hints)) ||
    (request.features.toolCount === 0 && TOOL_FIELDS.has(name)) ||
    (name === 'stop' && request.features.stops.length === 0) ||
    dialect.foreign?.has(name) === true
  const json: Record<string, string> = {}
  for (const name of Object.keys(set)) json[name] = JSON.stringify(set[name])
  const remove: string[] = []
  for (const name of members.keys()) if (!(name in set) && isUnwanted(name)) remove.push(name)
  return {
    method: 'POST',
    path: request.features.lastTurn === 'continued' ? dialect.continuePath : CHAT_PATH,
    headers: { 'content-type': 'application/json' },
    body: editObject(raw, members, {
      set: json,
      remove,
      replace: messageEdits(request, { ...target, names }, dialect),
    }),
    isStream,
    toolNames: originalNames(names),
    dropped: eachOnce(lostHints(route, request), lostParts(dialect, request, route)),
  }
}

/** Among others: a list of nothing else is left out. */
function hasEmptyStop(request: ChatRequest): boolean {
  const { stops } = request.features
  if (stops.length === 0) return false
  const told = memberValue(request, 'stop')
  return Array.isArray(told) && told.length > stops.length
}

function eachOnce(some: readonly string[], others: readonly string[]): readonly string[] {
  if (others.length === 0) return some
  return [...new Set([...some, ...others])]
}

/** What of the messages and tools is left out. */
function lostParts(
  { reasoning, wantsRoots, foreign }: WireDialect,
  request: ChatRequest,
  route: Route,
): readonly string[] {
  const marks = lostCacheMarks(request, route)
  if (reasoning !== 'refused') return marks
  const lost = [...marks, ...(wantsRoots === true ? lostRoots(request) : [])]
  if (hasReasoning(request)) lost.push('messages.reasoning_content')
  if (request.messages.some(hasOtherReasoning)) lost.push('messages.reasoning')
  for (const name of request.members.keys()) if (foreign?.has(name) === true) lost.push(name)
  return lost
}

/** Null where nothing is said, and the provider's default holds. */
function thinkingMembers(dialect: WireDialect, effort: Effort | null, route: Route): Members | null {
  const word = effort === null ? undefined : route.traits.efforts.get(effort)
  return word === undefined ? null : dialect.effort(word)
}

/** Hints with a value that the provider takes, where the client's own is beyond its bounds. */
function movedHints({ hints }: ChatRequest, route: Route): Members {
  const moved: Record<string, unknown> = {}
  for (const name of route.traits.ranges.keys()) {
    const value = isHint(name) ? hints.get(name) : undefined
    const taken = withinRange(route, name, value)
    if (taken !== value) moved[name] = taken
  }
  return moved
}

function isHintTaken({ traits }: Route, { hints }: ChatRequest, name: string): boolean {
  return isHint(name) && traits.hints.has(name) && hints.has(name)
}

function streamOptions(request: ChatRequest): JsonRecord {
  const value = memberValue(request, 'stream_options')
  return isRecord(value) ? value : {}
}

function memberValue({ raw, members }: ChatRequest, name: string): unknown {
  const member = members.get(name)
  return member === undefined ? undefined : parseJson(raw.toString('utf8', member.start, member.end))
}
