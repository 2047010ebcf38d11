// A client's bytes → ChatRequest, in one scan. Every complaint names the field and says what would be right.

import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../core/errors.ts'
import { EFFORTS, type Effort } from '../core/route.ts'
import type { ChatRequest, MessageOutline, RequestFeatures } from './chat-request.ts'
import type { Member, ObjectOutline } from './json-outline.ts'
import { JsonScanner, JsonSyntaxError } from './json-scanner.ts'
import { type ContentCounts, readMessages } from './read-messages.ts'
import { type RequestHeaders, readRoutingOptions } from './routing-options.ts'

/** OpenAI's own limit; the other providers' are the same or unstated. */
const MAX_TOOLS = 128
const MAX_CHOICES = 128

/** Throws GatewayError `invalid_request` with `param` set. `headers` are lower-case, as Node gives them. */
export function parseChatRequest(raw: Buffer, headers: RequestHeaders): ChatRequest {
  if (raw.length === 0)
    throw new GatewayError(
      'invalid_request',
      'The request body is empty; send a JSON object with "model" and "messages".',
    )
  if (!isUtf8(raw))
    throw new GatewayError(
      'invalid_request',
      'The request body is not valid UTF-8; JSON must be sent as UTF-8.',
    )

  const scan = scanBody(raw)
  const body = createBodyReader(raw, scan.members)
  if (scan.messages === undefined)
    throw body.invalid('messages', 'is missing; it must be a list of at least one message')

  const isStream = body.boolean('stream')
  const model = body.string('model')
  if (model === null || model === '')
    throw body.invalid('model', 'is missing; name a tier, an alias or provider/model')

  let parsed: Readonly<Record<string, unknown>> | undefined
  return {
    raw,
    members: scan.members,
    messages: scan.messages,
    model,
    isStream,
    wantsStreamUsage: readWantsStreamUsage(body, isStream),
    maxOutputTokens: body.integer('max_completion_tokens', 1) ?? body.integer('max_tokens', 1),
    choices: body.integer('n', 1, MAX_CHOICES) ?? 1,
    reasoningEffort: readEffort(body),
    features: readFeatures(body, scan),
    routing: readRoutingOptions(body.value('routing'), headers),
    json: () => (parsed ??= asObject(JSON.parse(raw.toString('utf8', 0, raw.length)))),
  }
}

interface BodyScan {
  readonly members: ObjectOutline
  readonly messages: readonly MessageOutline[] | undefined
  readonly content: ContentCounts
  readonly toolCount: number
  readonly hasCustomTools: boolean
}

function scanBody(raw: Buffer): BodyScan {
  const scanner = new JsonScanner(raw)
  const members = new Map<string, Member>()
  const content: ContentCounts = { images: 0, imageUrls: 0, videos: 0, audio: 0, files: 0 }
  let messages: readonly MessageOutline[] | undefined
  let toolCount = 0
  let hasCustomTools = false
  try {
    if (scanner.peekKind() !== 'object')
      throw new GatewayError('invalid_request', 'The request body must be a JSON object.')
    scanner.readObject((name, keyStart) => {
      // Two parsers may pick different ones of a repeated name: what we route by must be what the provider reads.
      if (members.has(name)) throw invalidField(name, 'is given twice; send it once')
      const start = scanner.offset
      if (name === 'messages') messages = readMessages(scanner, content)
      else if (name === 'tools' || name === 'functions') {
        const { count, customCount } = readTools(scanner, name)
        toolCount += count
        hasCustomTools ||= customCount > 0
      } else scanner.skipValue()
      members.set(name, { keyStart, start, end: scanner.offset })
    })
    scanner.expectEnd()
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new GatewayError('invalid_request', `The request body is not valid JSON: ${error.message}.`)
  }
  return { members, messages, content, toolCount, hasCustomTools }
}

interface ToolCounts {
  readonly count: number
  /** Those that are no functions in today's form. */
  readonly customCount: number
}

function readTools(scanner: JsonScanner, name: 'tools' | 'functions'): ToolCounts {
  if (scanner.peekKind() === 'null') {
    scanner.skipValue()
    return { count: 0, customCount: 0 }
  }
  if (scanner.peekKind() !== 'array') throw invalidField(name, 'must be a list of tools')
  let count = 0
  let customCount = 0
  scanner.readArray((index) => {
    if (scanner.peekKind() !== 'object') throw invalidField(`${name}[${index}]`, 'must be an object')
    if (!readIsFunction(scanner) || name === 'functions') customCount++
    count++
  })
  if (count > MAX_TOOLS) throw invalidField(name, `has ${count} entries; at most ${MAX_TOOLS} are allowed`)
  return { count, customCount }
}

/** Passes over the tool here. One without a type is for the provider to judge. */
function readIsFunction(scanner: JsonScanner): boolean {
  let isFunction = true
  scanner.readObject((name) => {
    if (name === 'type' && scanner.peekKind() === 'string') isFunction = scanner.readString() === 'function'
    else scanner.skipValue()
  })
  return isFunction
}

function readFeatures(body: BodyReader, scan: BodyScan): RequestFeatures {
  const modalities = body.value('modalities')
  const wantsAudio = Array.isArray(modalities) && modalities.includes('audio')
  return {
    toolCount: scan.toolCount,
    hasCustomTools: scan.hasCustomTools,
    forcesToolChoice: readForcesToolChoice(body),
    responseFormat: readResponseFormat(body),
    imageCount: scan.content.images,
    imageUrlCount: scan.content.imageUrls,
    videoCount: scan.content.videos,
    audioCount: scan.content.audio + (wantsAudio ? 1 : 0),
    fileCount: scan.content.files,
    wantsLogprobs: body.boolean('logprobs'),
  }
}

function readForcesToolChoice(body: BodyReader): boolean {
  const choice = body.value('tool_choice')
  if (choice === undefined || choice === null || choice === 'none' || choice === 'auto') return false
  if (choice === 'required') return true
  if (typeof choice === 'object' && !Array.isArray(choice)) return true
  throw body.invalid('tool_choice', 'must be "none", "auto", "required" or an object naming a function')
}

function readResponseFormat(body: BodyReader): RequestFeatures['responseFormat'] {
  const format = body.value('response_format')
  if (format === undefined || format === null) return 'text'
  const type = typeof format === 'object' && 'type' in format ? format.type : undefined
  if (type === 'text' || type === 'json_object' || type === 'json_schema') return type
  throw body.invalid('response_format.type', 'must be "text", "json_object" or "json_schema"')
}

function readEffort(body: BodyReader): Effort | null {
  const effort = body.value('reasoning_effort')
  if (effort === undefined || effort === null) return null
  const known = EFFORTS.find((word) => word === effort)
  if (known === undefined) throw body.invalid('reasoning_effort', `must be one of ${EFFORTS.join(', ')}`)
  return known
}

function readWantsStreamUsage(body: BodyReader, isStream: boolean): boolean {
  const options = body.value('stream_options')
  if (options === undefined || options === null) return false
  if (typeof options !== 'object' || Array.isArray(options))
    throw body.invalid('stream_options', 'must be an object')
  if (!isStream) throw body.invalid('stream_options', 'is only allowed when "stream" is true')
  const include = 'include_usage' in options ? options.include_usage : undefined
  if (include === undefined || include === null) return false
  if (typeof include !== 'boolean')
    throw body.invalid('stream_options.include_usage', 'must be true or false')
  return include
}

interface BodyReader {
  value(name: string): unknown
  string(name: string): string | null
  boolean(name: string): boolean
  integer(name: string, least: number, most?: number): number | null
  invalid(param: string, problem: string): GatewayError
}

/** Reads small members by their place; absent and null are the same, as in OpenAI's API. */
function createBodyReader(raw: Buffer, members: ObjectOutline): BodyReader {
  const value = (name: string): unknown => {
    const member = members.get(name)
    return member === undefined ? undefined : JSON.parse(raw.toString('utf8', member.start, member.end))
  }
  return {
    value,
    invalid: invalidField,
    string(name) {
      const found = value(name) ?? null
      if (found !== null && typeof found !== 'string') throw invalidField(name, 'must be a string')
      return found
    },
    boolean(name) {
      const found = value(name) ?? false
      if (typeof found !== 'boolean') throw invalidField(name, 'must be true or false')
      return found
    },
    integer(name, least, most = Number.MAX_SAFE_INTEGER) {
      const found = value(name) ?? null
      if (found === null) return null
      if (typeof found === 'number' && Number.isSafeInteger(found) && found >= least && found <= most)
        return found
      throw invalidField(
        name,
        `must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${most}`}`,
      )
    },
  }
}

function invalidField(param: string, problem: string): GatewayError {
  const shown = printable(param)
  return new GatewayError('invalid_request', `"${shown}" ${problem}.`, { param: shown })
}

/** Client-given text that may stand in an error: cut short, control characters escaped. */
function printable(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text).slice(1, -1)
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not an object')
  return Object.fromEntries(Object.entries(value))
}
