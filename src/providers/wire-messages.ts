// Messages as a provider of OpenAI's wire takes them: those that need no change stay the bytes they came in.

import type { Route } from '../core/route.ts'
import { askedSchema } from '../core/schema-subset.ts'
import type { ChatRequest, MessageOutline } from '../openai/chat-request.ts'
import type { Span } from '../openai/json-outline.ts'
import { oddArguments, withObjects } from './call-arguments.ts'
import { ANY_CALL_ID, type CallIdRules, changedCallIds, withCallIds } from './call-ids.ts'
import { isRecord, type JsonRecord, parseExact, recordsOf, textOf } from './json-record.ts'
import type { Target } from './provider.ts'
import { tellsSchema } from './told-schema.ts'
import { type ToolNames, withRenamedCalls } from './tool-names.ts'
import { type Change, turnChanges } from './turn-changes.ts'
import { reasoningEdits, type WireReasoning } from './wire-turn.ts'

export interface Replacement {
  readonly span: Span
  readonly json: string
}

/** None of it may change words of one speaker and nothing else (`isPlain`). */
export interface MessageDialect {
  readonly knowsDeveloperRole: boolean
  /** What marks the text that the answer goes on from; null where nothing does. */
  readonly continueField: 'prefix' | 'partial' | null
  /** Audio travels as a data URL, and not as bare base64. */
  readonly wantsAudioUrl: boolean
  /** What the assistant is said to have said where it said nothing and called no tool; absent: nothing is fine. */
  readonly wordlessTurn?: string
  /** Whether a turn may be a refusal (`refusal`); absent: it is a text like any other. */
  readonly knowsRefusals?: boolean
  /** Whether earlier calls may have arguments that are no JSON object; absent: they may not. */
  readonly takesAnyArguments?: boolean
  /** Names of people that are taken (`name`); absent: any. */
  readonly speakerNames?: RegExp
  /** Absent: any will do, where no turn has one twice. */
  readonly callIds?: CallIdRules
  /** What becomes of the reasoning of earlier turns: wanted back where they called tools, refused, or, absent, let through. */
  readonly reasoning?: WireReasoning | 'refused'
}

export interface MessageTarget extends Pick<Target, 'route' | 'recalled'> {
  readonly names: ToolNames
}

export const JSON_WORD = 'Answer in JSON.'
const SCHEMA_WORDS =
  'Answer with one JSON value that is valid against the JSON schema below: no other text, no Markdown.'
const CONTINUE_FIELDS = ['prefix', 'partial']

export function messageEdits(
  request: ChatRequest,
  target: MessageTarget,
  dialect: MessageDialect,
): readonly Replacement[] {
  const { route, names } = target
  const instruction = formatInstruction(request, route)
  if (instruction === null && request.messages.every(isPlain)) return UNCHANGED
  const edits: Replacement[] = []
  const reasoning = reasoningEdits(request, target, dialect.reasoning)
  const callIds = changedCallIds(request, dialect.callIds ?? ANY_CALL_ID)
  const odd = dialect.takesAnyArguments === true ? NOWHERE : oddArguments(request)
  const systemAt = request.messages.findIndex(({ role }) => role === 'system' || role === 'developer')
  if (instruction !== null && systemAt === -1) edits.push(newSystemMessage(request, instruction))
  for (const [index, message] of request.messages.entries()) {
    const changes = changesOf(message, {
      route,
      names,
      dialect,
      instruction: index === systemAt ? instruction : null,
      callIds: callIds.get(index),
      hasOddArguments: odd.has(index),
    })
    const returned = reasoning.get(index)
    if (changes.length === 0) {
      if (message.role === 'developer' && !dialect.knowsDeveloperRole)
        edits.push({ span: message.roleSpan, json: '"system"' })
      if (returned !== undefined) edits.push(returned)
      continue
    }
    const written = parseExact(request.raw.toString('utf8', message.span.start, message.span.end))
    if (!isRecord(written)) continue
    const changed = changes.reduce((body, change) => change(body), {
      ...written,
      ...(message.role === 'developer' && !dialect.knowsDeveloperRole ? { role: 'system' } : {}),
      ...(returned === undefined ? {} : { reasoning_content: returned.text }),
    })
    edits.push({ span: message.span, json: JSON.stringify(changed) })
  }
  return edits
}

const UNCHANGED: readonly Replacement[] = []
const PLAIN_ROLES = ['system', 'user', 'assistant']

/** Words of one speaker and nothing else: every provider takes them as they are. */
function isPlain(message: MessageOutline): boolean {
  const { role, contentSpan, hasArrayContent, hasToolCalls, hasCacheMark, isContinued, name, others } =
    message
  if (contentSpan === null || hasArrayContent || hasToolCalls || hasCacheMark || isContinued) return false
  return name === null && others.length === 0 && PLAIN_ROLES.includes(role) && !isWordless(message)
}

interface Context extends MessageTarget {
  readonly dialect: MessageDialect
  /** To be added to this message; null: nothing. */
  readonly instruction: string | null
  readonly callIds: readonly string[] | undefined
  readonly hasOddArguments: boolean
}

const NOWHERE: ReadonlySet<number> = new Set()

function changesOf(
  message: MessageOutline,
  { route, names, dialect, instruction, callIds, hasOddArguments }: Context,
): readonly Change[] {
  const { traits } = route
  const changes = [...turnChanges(message, dialect)]
  if (message.hasCacheMark && !traits.takesCacheMarks) changes.push(withoutCacheMarks)
  if (message.partTypes.has('input_audio') && dialect.wantsAudioUrl) changes.push(withAudioUrls)
  const isMarked = message.hasCacheMark && traits.takesCacheMarks
  if (message.partTypes.size > 0 && traits.sendsText && isTextAlone(message) && !isMarked)
    changes.push(withPlainText)
  // No parts at all: an empty text is the same, and nobody refuses it.
  if (message.hasArrayContent && message.partTypes.size === 0) changes.push(withPlainText)
  const { wordlessTurn } = dialect
  if (wordlessTurn !== undefined && isWordless(message))
    changes.push((body) => (textOf(body['content']) ? body : { ...body, content: wordlessTurn }))
  if (message.hasToolCalls && names.size > 0) changes.push((body) => withRenamedCalls(body, names))
  if (callIds !== undefined) changes.push((body) => withCallIds(body, callIds))
  if (hasOddArguments) changes.push(withObjects)
  if (message.isContinued) changes.push((body) => continued(body, dialect.continueField))
  if (instruction !== null) changes.push((body) => withInstruction(body, instruction))
  return changes
}

/** No content, or two quotation marks or brackets. */
function isWordless({ role, hasToolCalls, contentSpan }: MessageOutline): boolean {
  if (role !== 'assistant' || hasToolCalls) return false
  return contentSpan === null || contentSpan.end - contentSpan.start === 2
}

function isTextAlone({ partTypes }: MessageOutline): boolean {
  for (const type of partTypes) if (type !== 'text' && type !== 'refusal') return false
  return true
}

function withPlainText(message: JsonRecord): JsonRecord {
  const texts = recordsOf(message['content']).map((part) => textOf(part['text']) ?? textOf(part['refusal']))
  return { ...message, content: texts.filter((text) => text !== null).join('\n') }
}

function withoutCacheMarks(message: JsonRecord): JsonRecord {
  const unmarked = withoutMark(message)
  const { content } = unmarked
  return Array.isArray(content) ? { ...unmarked, content: recordsOf(content).map(withoutMark) } : unmarked
}

export function withoutMark(record: JsonRecord): JsonRecord {
  const { cache_control: _, ...others } = record
  return others
}

function withAudioUrls(message: JsonRecord): JsonRecord {
  const content = recordsOf(message['content']).map((part) => {
    const audio = part['input_audio']
    const data = isRecord(audio) ? textOf(audio['data']) : null
    if (!isRecord(audio) || data === null || /^(?:data:|https?:)/.test(data)) return part
    return { ...part, input_audio: { ...audio, data: `data:;base64,${data}` } }
  })
  return { ...message, content }
}

function continued(message: JsonRecord, field: string | null): JsonRecord {
  const others = Object.entries(message).filter(([name]) => !CONTINUE_FIELDS.includes(name))
  return Object.fromEntries(field === null ? others : [...others, [field, true]])
}

function withInstruction(message: JsonRecord, instruction: string): JsonRecord {
  const { content } = message
  return Array.isArray(content)
    ? { ...message, content: [...content, { type: 'text', text: instruction }] }
    : { ...message, content: `${textOf(content) ?? ''}\n\n${instruction}` }
}

/** What has to be said about the format of the answer; null: nothing. */
function formatInstruction(request: ChatRequest, route: Route): string | null {
  if (tellsSchema(request, route)) {
    const schema = askedSchema(request.json()['response_format'])
    return `${SCHEMA_WORDS}\n${JSON.stringify(schema ?? {})}`
  }
  return lacksJsonWord(request, route) ? JSON_WORD : null
}

/** JSON mode is asked for, and no message has the word that the provider wants to see. */
export function lacksJsonWord(request: ChatRequest, { traits }: Route): boolean {
  if (!traits.needsJsonWord || request.features.responseFormat !== 'json_object') return false
  return !recordsOf(request.json()['messages']).some(({ content }) => /json/i.test(plainText(content)))
}

function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  return recordsOf(content)
    .map((part) => textOf(part['text']) ?? '')
    .join(' ')
}

function newSystemMessage({ members }: ChatRequest, instruction: string): Replacement {
  const start = (members.get('messages')?.start ?? 0) + 1
  const message = { role: 'system', content: instruction }
  return { span: { start, end: start }, json: `${JSON.stringify(message)},` }
}

/** Marks for the cache that the route does not take, as a client is told of them. */
export function lostCacheMarks({ messages, features }: ChatRequest, { traits }: Route): readonly string[] {
  if (traits.takesCacheMarks) return []
  const isMarked = features.hasToolCacheMark || messages.some(({ hasCacheMark }) => hasCacheMark)
  return isMarked ? ['cache_control'] : []
}
