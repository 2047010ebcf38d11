// A client's bytes → ChatRequest, in one scan. Every complaint names the field and says what would be right.

import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../core/errors.ts'
import type { ProviderName } from '../core/route.ts'
import { type BodyReader, createBodyReader } from './body-reader.ts'
import type { ChatRequest, MessageOutline } from './chat-request.ts'
import { invalidField } from './invalid-field.ts'
import type { Member, ObjectOutline } from './json-outline.ts'
import { JsonScanner, JsonSyntaxError } from './json-scanner.ts'
import { type PastTurn, readPastTurns } from './past-turns.ts'
import { readFeatures } from './read-features.ts'
import { readEffort, readHints } from './read-hints.ts'
import { readMessages } from './read-messages.ts'
import { type ContentFacts, noContent } from './read-parts.ts'
import { readTools, type ToolFacts } from './read-tools.ts'
import { type RequestHeaders, readRoutingOptions } from './routing-options.ts'

/** OpenAI's own limit; the other providers' are lower. */
const MAX_CHOICES = 128

/**
 * Throws GatewayError `invalid_request` with `param` set. `headers` are lower-case, as Node gives them; `providers`: those
 * that a request may name, the vendors where nothing is said.
 */
export function parseChatRequest(
  raw: Buffer,
  headers: RequestHeaders,
  providers?: readonly ProviderName[],
): ChatRequest {
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
    throw invalidField('messages', 'is missing; it must be a list of at least one message')

  const isStream = body.boolean('stream')
  const model = body.string('model')
  if (model === null || model === '')
    throw invalidField('model', 'is missing; name a tier, an alias or provider/model')

  let parsed: Readonly<Record<string, unknown>> | undefined
  let pastTurns: readonly PastTurn[] | undefined
  const outline = { raw, members: scan.members, messages: scan.messages }
  return {
    ...outline,
    model,
    isStream,
    wantsStreamUsage: readWantsStreamUsage(body, isStream),
    maxOutputTokens: body.integer('max_completion_tokens', 1) ?? body.integer('max_tokens', 1),
    choices: body.integer('n', 1, MAX_CHOICES) ?? 1,
    serviceTier: body.string('service_tier'),
    reasoningEffort: readEffort(body),
    hints: readHints(body, scan.tools.count > 0),
    features: readFeatures(body, { ...scan, messages: scan.messages }),
    routing: readRoutingOptions(body.value('routing'), headers, providers),
    pastTurns: () => (pastTurns ??= readPastTurns(outline)),
    json: () => (parsed ??= asObject(JSON.parse(raw.toString('utf8', 0, raw.length)))),
  }
}

interface BodyScan {
  readonly members: ObjectOutline
  readonly messages: readonly MessageOutline[] | undefined
  readonly content: ContentFacts
  readonly tools: ToolFacts
}

function scanBody(raw: Buffer): BodyScan {
  const scanner = new JsonScanner(raw)
  const members = new Map<string, Member>()
  const content = noContent()
  const tools: ToolFacts = { count: 0, names: [], otherTypes: [], hasCacheMark: false, hasLooseSchema: false }
  let messages: readonly MessageOutline[] | undefined
  try {
    if (scanner.peekKind() !== 'object')
      throw new GatewayError('invalid_request', 'The request body must be a JSON object.')
    scanner.readObject((name, keyStart) => {
      // Two parsers may pick different ones of a repeated name: what we route by must be what the provider reads.
      if (members.has(name)) throw invalidField(name, 'is given twice; send it once')
      const start = scanner.offset
      if (name === 'messages') messages = readMessages(scanner, content)
      else if (name === 'tools' || name === 'functions') readTools(scanner, name, tools)
      else scanner.skipValue()
      members.set(name, { keyStart, start, end: scanner.offset })
    })
    scanner.expectEnd()
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new GatewayError('invalid_request', `The request body is not valid JSON: ${error.message}.`)
  }
  return { members, messages, content, tools }
}

function readWantsStreamUsage(body: BodyReader, isStream: boolean): boolean {
  const options = body.value('stream_options')
  if (options === undefined || options === null) return false
  if (typeof options !== 'object' || Array.isArray(options))
    throw invalidField('stream_options', 'must be an object')
  if (!isStream) throw invalidField('stream_options', 'is only allowed when "stream" is true')
  const include = 'include_usage' in options ? options.include_usage : undefined
  if (include === undefined || include === null) return false
  if (typeof include !== 'boolean')
    throw invalidField('stream_options.include_usage', 'must be true or false')
  return include
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not an object')
  return Object.fromEntries(Object.entries(value))
}
