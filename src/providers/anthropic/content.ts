// OpenAI's message content → Claude's content blocks.

import { readImageKind } from '../../core/image-kind.ts'
import { argumentsObject } from '../call-arguments.ts'
import { isRecord, type JsonRecord, recordsOf, textOf } from '../json-record.ts'
import { restoreTurn, type TurnPart } from '../turn-parts.ts'

export type Block = Record<string, unknown>

/**
 * Text blocks of a string or of content parts; marks for the cache are kept. White space alone is refused, and other
 * vendors' models write it before their calls (anthropics/claude-code 23440, anomalyco/opencode 31259).
 */
export function textBlocks(content: unknown): Block[] {
  if (typeof content === 'string') return isBlank(content) ? [] : [{ type: 'text', text: content }]
  return recordsOf(content).flatMap((part) => {
    const text = textOf(part['text']) ?? textOf(part['refusal'])
    return text === null || isBlank(text) ? [] : [marked(part, { type: 'text', text })]
  })
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

/** A user's content: text, images and documents, in their order. */
export function userBlocks(content: unknown): Block[] {
  if (!Array.isArray(content)) return textBlocks(content)
  return recordsOf(content).flatMap((part) => {
    if (part['type'] === 'file') return documentBlocks(part)
    if (part['type'] !== 'image_url') return textBlocks([part])
    const image = part['image_url']
    const url = textOf(image) ?? (isRecord(image) ? textOf(image['url']) : null)
    return url === null ? [] : [marked(part, imageBlock(url))]
  })
}

/** `kept`: what Claude wrote in this turn besides what clients know of. */
export function assistantBlocks(message: JsonRecord, kept: readonly TurnPart[] = []): readonly Block[] {
  const calls = recordsOf(message['tool_calls']).map(toolUseBlock)
  const text = [...textBlocks(message['content']), ...textBlocks(message['refusal'])]
  const byId = new Map(calls.map((call) => [textOf(call['id']) ?? '', call]))
  const restored =
    kept.length === 0 ? null : restoreTurn(kept, { text, calls: byId }, (value) => ({ ...asRecord(value) }))
  return restored ?? [...text, ...calls]
}

function toolUseBlock(call: JsonRecord): Block {
  const called = isRecord(call['function']) ? call['function'] : {}
  return marked(call, {
    type: 'tool_use',
    id: call['id'],
    name: called['name'],
    input: argumentsObject(textOf(called['arguments'])),
  })
}

function asRecord(value: unknown): JsonRecord {
  return isRecord(value) ? value : {}
}

export function toolResultBlock(message: JsonRecord): Block {
  const content = userBlocks(message['content'])
  return {
    type: 'tool_result',
    tool_use_id: message['tool_call_id'],
    ...(content.length === 0 ? {} : { content }),
  }
}

/** A mark for the cache on the message itself holds for its end. */
export function markedBlocks(message: JsonRecord, blocks: readonly Block[]): readonly Block[] {
  const last = blocks.at(-1)
  return last === undefined ? blocks : [...blocks.slice(0, -1), marked(message, last)]
}

/** Parameters of the media type, as in `image/png;charset=utf-8`, say nothing of an image. */
const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)(?:;[^;,]*)*?;base64,(.*)$/s

function imageBlock(url: string): Block {
  const match = DATA_URL.exec(url)
  if (match === null) return { type: 'image', source: { type: 'url', url } }
  const [, told, data = ''] = match
  // Claude refuses an image of another kind than it is told (vybestack/llxprt-code 2130).
  return { type: 'image', source: { type: 'base64', media_type: readImageKind(data) ?? told, data } }
}

/** A document in its own data; one that names an upload makes the route ineligible. */
function documentBlocks(part: JsonRecord): Block[] {
  const file = isRecord(part['file']) ? part['file'] : {}
  const data = textOf(file['file_data'])
  if (data === null) return []
  const match = DATA_URL.exec(data)
  const type = match?.[1] ?? 'application/pdf'
  const encoded = match?.[2] ?? data
  const source = type.startsWith('text/')
    ? { type: 'text', media_type: 'text/plain', data: Buffer.from(encoded, 'base64').toString('utf8') }
    : { type: 'base64', media_type: type, data: encoded }
  const title = textOf(file['filename'])
  return [marked(part, { type: 'document', source, ...(title === null ? {} : { title }) })]
}

function marked(part: JsonRecord, block: Block): Block {
  return isRecord(part['cache_control']) ? { ...block, cache_control: part['cache_control'] } : block
}
