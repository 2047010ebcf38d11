// Messages → input items: each message, each tool call and each result is an item of its own.

import { isRecord, type JsonRecord, recordsOf, textOf } from '../json-record.ts'
import type { Target } from '../provider.ts'
import { restoreTurn, type TurnPart } from '../turn-parts.ts'

export function inputItems(
  messages: readonly JsonRecord[],
  recalled: Target['recalled'],
): readonly JsonRecord[] {
  /** Results are of the kind of their call. */
  const customCalls = new Set(
    messages.flatMap((message) => recordsOf(message['tool_calls'])).flatMap((call) => customCallId(call)),
  )
  return messages.flatMap((message, index) => {
    const role = textOf(message['role'])
    if (role === 'assistant') return assistantItems(message, recalled?.get(index) ?? [])
    if (role !== 'tool') return [{ role, content: inputContent(message['content']) }]
    const callId = message['tool_call_id']
    const type = customCalls.has(callId) ? 'custom_tool_call_output' : 'function_call_output'
    return [{ type, call_id: callId, output: inputContent(message['content']) }]
  })
}

function customCallId(call: JsonRecord): readonly unknown[] {
  return isRecord(call['custom']) ? [call['id']] : []
}

/** `kept`: what the model wrote in this turn besides what clients know of. */
function assistantItems(message: JsonRecord, kept: readonly TurnPart[]): readonly JsonRecord[] {
  const said = assistantText(message)
  const text = said === '' ? [] : [{ role: 'assistant', content: said }]
  const calls = recordsOf(message['tool_calls']).map(callItem)
  const byId = new Map(calls.map((call) => [textOf(call['call_id']) ?? '', call]))
  const restored =
    kept.length === 0
      ? null
      : restoreTurn<JsonRecord>(kept, { text, calls: byId }, (value) => (isRecord(value) ? value : {}))
  return restored ?? [...text, ...calls]
}

/** What the assistant said, refusals included. */
function assistantText(message: JsonRecord): string {
  const { content, refusal } = message
  const parts = recordsOf(content).map((part) => textOf(part['text']) ?? textOf(part['refusal']) ?? '')
  return [textOf(content) ?? parts.join(''), textOf(refusal) ?? ''].filter((text) => text !== '').join('\n')
}

function callItem(call: JsonRecord): JsonRecord {
  const { id: callId, function: called, custom } = call
  if (isRecord(custom))
    return { type: 'custom_tool_call', call_id: callId, name: custom['name'], input: custom['input'] }
  const { name, arguments: text } = isRecord(called) ? called : {}
  return { type: 'function_call', call_id: callId, name, arguments: text }
}

function inputContent(content: unknown): unknown {
  return Array.isArray(content) ? recordsOf(content).map(inputPart) : (content ?? '')
}

/** Members that a part has besides travel with it, except Claude's marks for the cache. */
function inputPart(part: JsonRecord): JsonRecord {
  const { type, text, image_url: image, file, cache_control: _, ...others } = part
  if (type === 'text') return { ...others, type: 'input_text', text }
  if (type === 'image_url') {
    const { url, detail } = isRecord(image) ? image : { url: image, detail: undefined }
    return { ...others, type: 'input_image', image_url: url, detail: detail ?? 'auto' }
  }
  if (type === 'file') return { ...others, type: 'input_file', ...(isRecord(file) ? file : {}) }
  return part
}
