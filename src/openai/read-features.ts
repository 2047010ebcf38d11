// What a request uses, from its small members and from what the scan found in its messages and tools.

import type { BodyReader } from './body-reader.ts'
import type { MessageOutline, RequestFeatures } from './chat-request.ts'
import { invalidField } from './invalid-field.ts'
import type { ContentFacts } from './read-parts.ts'
import type { ToolFacts } from './read-tools.ts'

export interface ScanFacts {
  readonly messages: readonly MessageOutline[]
  readonly content: ContentFacts
  readonly tools: ToolFacts
}

export function readFeatures(body: BodyReader, { messages, content, tools }: ScanFacts): RequestFeatures {
  const modalities = body.value('modalities')
  const wantsLogprobs = body.boolean('logprobs')
  if (body.integer('top_logprobs', 0, 20) !== null && !wantsLogprobs)
    throw invalidField('top_logprobs', 'is only allowed when "logprobs" is true')
  return {
    toolCount: tools.count,
    toolNames: tools.names,
    hasCustomTools: tools.otherTypes.some((type) => CUSTOM_TYPES.includes(type)),
    hasHostedTools:
      tools.otherTypes.some((type) => !CUSTOM_TYPES.includes(type)) ||
      (body.value('web_search_options') ?? null) !== null ||
      body.value('enable_search') === true,
    hasToolCacheMark: tools.hasCacheMark,
    hasLooseSchema: tools.hasLooseSchema,
    toolChoice: readToolChoice(body, tools),
    responseFormat: readResponseFormat(body),
    imageCount: content.images,
    imageUrlCount: content.imageUrls,
    longestImageUrl: content.longestImageUrl,
    largestImage: content.largestImage,
    videoCount: content.videos,
    audioCount: content.audio,
    wantsAudioOutput: Array.isArray(modalities) && modalities.includes('audio'),
    fileCount: content.files,
    fileIdCount: content.fileIds,
    hasResultMedia: messages.some(hasResultMedia),
    wantsLogprobs,
    stops: readStops(body),
    lastTurn: readLastTurn(messages),
  }
}

function hasResultMedia({ role, partTypes }: MessageOutline): boolean {
  return role === 'tool' && (partTypes.has('image_url') || partTypes.has('file'))
}

const CUSTOM_TYPES = ['custom', 'functions']

function readToolChoice(body: BodyReader, tools: ToolFacts): RequestFeatures['toolChoice'] {
  const choice = body.value('tool_choice') ?? body.value('function_call') ?? 'auto'
  if (choice === 'none' || choice === 'auto') return 'free'
  const asked = choice === 'required' ? 'required' : readChosenTool(choice, tools)
  if (asked !== 'free' && tools.count === 0)
    throw invalidField('tool_choice', 'forces a call, and there are no "tools"; send some, or leave it out')
  return asked
}

/** A choice that names the only tool there is leaves no more choice than `required`. */
function readChosenTool(choice: unknown, tools: ToolFacts): RequestFeatures['toolChoice'] {
  if (!isObject(choice))
    throw invalidField('tool_choice', 'must be "none", "auto", "required" or an object naming a function')
  if ('allowed_tools' in choice) {
    const allowed = choice.allowed_tools
    const isForced =
      typeof allowed === 'object' && allowed !== null && 'mode' in allowed && allowed.mode === 'required'
    return isForced ? 'required' : 'free'
  }
  const name = nameIn(choice)
  if (name === null)
    throw invalidField('tool_choice', 'names no function: {"type": "function", "function": {"name": "..."}}')
  if (tools.count > 0 && !tools.names.includes(name))
    throw invalidField('tool_choice', 'names a function that is not among "tools"')
  return tools.count === 1 ? 'required' : 'named'
}

function nameIn(choice: object): string | null {
  for (const named of [choice, ...Object.values(choice)])
    if (typeof named === 'object' && named !== null && 'name' in named && typeof named.name === 'string')
      return named.name
  return null
}

function readResponseFormat(body: BodyReader): RequestFeatures['responseFormat'] {
  const format = body.value('response_format')
  if (format === undefined || format === null) return 'text'
  const type = typeof format === 'object' && 'type' in format ? format.type : undefined
  if (type === 'json_schema') checkSchemaFormat(format)
  if (type === 'text' || type === 'json_object' || type === 'json_schema') return type
  throw invalidField('response_format.type', 'must be "text", "json_object" or "json_schema"')
}

const SCHEMA_NAME = /^[a-zA-Z0-9_-]{1,64}$/

/** As OpenAI wants it; others look at less, and refuse what they miss in words of their own. */
function checkSchemaFormat(format: object): void {
  const described = 'json_schema' in format ? format.json_schema : undefined
  const path = 'response_format.json_schema'
  if (!isObject(described)) throw invalidField(path, 'must be an object with "name" and "schema"')
  if (!('name' in described) || !SCHEMA_NAME.test(String(described.name)))
    throw invalidField(`${path}.name`, 'must be up to 64 letters, digits, "_" and "-"')
  if (!('schema' in described) || !isObject(described.schema))
    throw invalidField(`${path}.schema`, 'must be an object, a JSON schema')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readStops(body: BodyReader): readonly string[] {
  const stop = body.value('stop') ?? []
  const stops: readonly unknown[] = Array.isArray(stop) ? stop : [stop]
  if (!stops.every((entry) => typeof entry === 'string'))
    throw invalidField('stop', 'must be a string or a list of strings')
  // Nothing is where an empty text would stop.
  return stops.filter((entry) => entry !== '')
}

function readLastTurn(messages: readonly MessageOutline[]): RequestFeatures['lastTurn'] {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return 'user'
  return last.isContinued ? 'continued' : 'assistant'
}
