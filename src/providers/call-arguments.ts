// Arguments of earlier tool calls, for providers that take none but JSON objects: a model may have written something else, and
// some write nothing where a tool takes nothing. Qwen: HKUDS/nanobot 1487; vLLM reads them as JSON, too.

import type { ChatRequest } from '../openai/chat-request.ts'
import { isRecord, type JsonRecord, parseExact, recordsOf, textOf } from './json-record.ts'

/** What was written as an object; what is none stands in it as it is. */
export function argumentsObject(text: string | null): JsonRecord {
  const parsed = text === null || text.trim() === '' ? {} : parseExact(text)
  return isRecord(parsed) ? parsed : { arguments: text }
}

/** Places of the messages with a call whose arguments are no JSON object. */
export function oddArguments(request: ChatRequest): ReadonlySet<number> {
  const places = new Set<number>()
  for (const { index, calls } of request.pastTurns())
    if (calls.some(({ given }) => given !== null && !isObject(request.raw, given))) places.add(index)
  return places
}

function isObject(raw: Buffer, { start, end }: { readonly start: number; readonly end: number }): boolean {
  const text: unknown = JSON.parse(raw.toString('utf8', start, end))
  return typeof text === 'string' && isRecord(parseExact(text))
}

/** The message with objects where it had none. */
export function withObjects(message: JsonRecord): JsonRecord {
  const calls = recordsOf(message['tool_calls']).map((call) => {
    const called = call['function']
    if (!isRecord(called)) return call
    const text = textOf(called['arguments'])
    if (text !== null && isRecord(parseExact(text))) return call
    return { ...call, function: { ...called, arguments: JSON.stringify(argumentsObject(text)) } }
  })
  return { ...message, tool_calls: calls }
}
