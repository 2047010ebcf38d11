// One message or chunk in OpenAI's shape: how much a model wrote in it, and what of it is for the client.

import { isRecord, type JsonRecord, recordsOf, textOf } from './json-record.ts'
import { type ToolNames, withRenamedCalls } from './tool-names.ts'

/** Ollama, Groq and newer vLLM call reasoning `reasoning`; who sends both names says the same under both. */
const TEXTS = [['content'], ['reasoning_content', 'reasoning'], ['refusal']]

/** UTF-8 bytes of what a model wrote: text, reasoning, refusals, tool calls. Sound is counted by its transcript. */
export function contentBytes(message: unknown): number {
  if (!isRecord(message)) return 0
  let bytes = 0
  for (const names of TEXTS) bytes += Math.max(...names.map((name) => textBytes(message[name])))
  if (isRecord(message['audio'])) bytes += textBytes(message['audio']['transcript'])
  for (const call of recordsOf(message['tool_calls'])) {
    for (const kind of ['function', 'custom']) {
      const called = call[kind]
      if (!isRecord(called)) continue
      bytes += textBytes(called['name']) + textBytes(called['arguments']) + textBytes(called['input'])
    }
  }
  return bytes
}

/** Whether a delta has more than a role and empty members: a kind of content that we do not know counts, too. */
export function hasContent(delta: unknown): boolean {
  if (!isRecord(delta)) return false
  for (const name of Object.keys(delta)) if (name !== 'role' && !isEmpty(delta[name])) return true
  return false
}

/**
 * What the client gets of a chunk: the event as it came, or, where something in it must not travel, a changed one; null
 * where nothing is left. Usage is the gateway's to tell, at the end and only to those who asked. Qwen names every further
 * delta of a tool call `""`, which would overwrite the name that the first one gave (recorded 2026-02).
 */
export function chunkForClient(event: Buffer, chunk: JsonRecord, names: ToolNames): Uint8Array | null {
  const choices = recordsOf(chunk['choices'])
  const hasUsage = isRecord(chunk['usage']) || choices.some((choice) => isRecord(choice['usage']))
  if (hasUsage && choices.length === 0) return null
  const isRenamed = names.size > 0 && choices.some(({ delta }) => isRecord(delta) && 'tool_calls' in delta)
  if (!hasUsage && !isRenamed && !choices.some(hasEmptyCallId) && choices.every(saysFinish)) return event
  const changed = { ...withoutUsage(chunk), choices: choices.map((choice) => tidyChoice(choice, names)) }
  return Buffer.from(`data: ${JSON.stringify(changed)}\n\n`)
}

function withoutUsage(record: JsonRecord): JsonRecord {
  const { usage: _, ...others } = record
  return others
}

function tidyChoice(told: JsonRecord, names: ToolNames): JsonRecord {
  const choice: JsonRecord = { ...withoutUsage(told), finish_reason: told['finish_reason'] ?? null }
  if (!isRecord(choice['delta'])) return choice
  const delta = withRenamedCalls(choice['delta'], names)
  if (!hasEmptyCallId(choice)) return { ...choice, delta }
  const calls = recordsOf(delta['tool_calls']).map(({ id, ...call }) => (id === '' ? call : { id, ...call }))
  return { ...choice, delta: { ...delta, tool_calls: calls } }
}

/** OpenAI's choices always do, be it null; Qwen leaves it out of deltas of tool calls (recorded 2026-02). */
function saysFinish(choice: JsonRecord): boolean {
  return 'finish_reason' in choice
}

function hasEmptyCallId({ delta }: JsonRecord): boolean {
  return isRecord(delta) && recordsOf(delta['tool_calls']).some((call) => call['id'] === '')
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

function textBytes(value: unknown): number {
  const text = textOf(value)
  return text === null ? 0 : Buffer.byteLength(text)
}
