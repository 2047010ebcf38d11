// The messages of a request as they are kept: the last ones first, as far as there is room.

import type { ContentMessage, ContentPart } from '../core/sampled-content.ts'
import { isRecord, type JsonRecord, parseJson, recordsOf, textOf } from '../providers/json-record.ts'
import type { Redact } from './redactor.ts'

/** Characters of one text, and of all together. */
export const MAX_TEXT = 16_384
const MAX_TOTAL = 65_536
const MAX_MESSAGES = 200
const MAX_PARTS = 50

export interface RequestContent {
  readonly messages: readonly ContentMessage[]
  readonly messages_omitted: number
}

/** `raw`: a body that has been found to be a request. */
export function readRequestContent(raw: Buffer, redact: Redact): RequestContent {
  const body = parseJson(raw.toString('utf8'))
  const all = isRecord(body) ? recordsOf(body['messages']) : []
  const messages: ContentMessage[] = []
  let room = MAX_TOTAL
  for (const message of all.toReversed()) {
    if (room <= 0 || messages.length === MAX_MESSAGES) break
    const parts = readParts(message, redact)
    messages.push({ role: textOf(message['role']) ?? '', parts })
    room -= parts.reduce((sum, part) => sum + lengthOf(part), 0)
  }
  return { messages: messages.toReversed(), messages_omitted: all.length - messages.length }
}

/** Of a message of a request, or of a whole answer. */
export function readParts(message: JsonRecord, redact: Redact): readonly ContentPart[] {
  const { content, refusal } = message
  const told = [content, refusal].flatMap((text) =>
    typeof text === 'string' && text !== '' ? [textPart(text, redact)] : [],
  )
  const parts = recordsOf(content).map((part) => readPart(part, redact))
  const calls = recordsOf(message['tool_calls']).map((call) => readCall(call, redact))
  return [...told, ...parts, ...calls].slice(0, MAX_PARTS)
}

export function textPart(text: string, redact: Redact): ContentPart {
  return { type: 'text', ...redact(text, MAX_TEXT) }
}

export function callPart(name: string, input: string, redact: Redact): ContentPart {
  const { text, is_cut } = redact(input, MAX_TEXT)
  return { type: 'tool_call', name: redact(name, MAX_NAME).text, arguments: text, is_cut }
}

const MAX_NAME = 128

function readPart(part: JsonRecord, redact: Redact): ContentPart {
  const text = textOf(part['text']) ?? textOf(part['refusal'])
  if (text !== null) return textPart(text, redact)
  for (const [kind, read] of MEDIA) {
    const media = read(part)
    if (media !== null) return { type: 'media', kind, ...media }
  }
  return { type: 'media', kind: 'file', media_type: null, bytes: null }
}

interface Media {
  readonly media_type: string | null
  readonly bytes: number | null
}

const UNKNOWN: Media = { media_type: null, bytes: null }

const MEDIA = [
  ['image', (part) => readUrl(part['image_url'], 'url')],
  ['video', (part) => readUrl(part['video_url'], 'url')],
  ['audio', (part) => readAudio(part['input_audio'])],
  ['file', (part) => readUrl(part['file'], 'file_data')],
] as const satisfies readonly (readonly [string, (part: JsonRecord) => Media | null])[]

function readUrl(value: unknown, name: string): Media | null {
  if (!isRecord(value)) return null
  const url = textOf(value[name]) ?? ''
  // What else a data URL says of itself is the client's own text.
  const type = /^data:([a-z]{1,20}\/[a-z0-9.+-]{1,80})(?=[;,])/i.exec(url)?.[1]
  return url.startsWith('data:')
    ? { media_type: type ?? null, bytes: sizeOf(url, url.indexOf(',') + 1) }
    : UNKNOWN
}

function readAudio(value: unknown): Media | null {
  if (!isRecord(value)) return null
  const format = /^[a-z0-9]{1,16}$/i.exec(textOf(value['format']) ?? '')?.[0]
  const data = textOf(value['data'])
  return {
    media_type: format === undefined ? null : `audio/${format}`,
    bytes: data === null ? null : sizeOf(data, 0),
  }
}

/** Of the base64 from there on. */
function sizeOf(base64: string, from: number): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.max(0, Math.floor(((base64.length - from) * 3) / 4) - padding)
}

function readCall(call: JsonRecord, redact: Redact): ContentPart {
  const called = [call['function'], call['custom']].find(isRecord) ?? {}
  const input = textOf(called['arguments']) ?? textOf(called['input']) ?? ''
  return callPart(textOf(called['name']) ?? '', input, redact)
}

function lengthOf(part: ContentPart): number {
  if (part.type === 'text') return part.text.length
  return part.type === 'tool_call' ? part.name.length + part.arguments.length : 0
}
