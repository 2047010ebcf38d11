// A stream in OpenAI's shape, read as it passes: events that need no change travel as the bytes they came in.

import type { AttemptFailure } from '../core/failure.ts'
import type { Usage } from '../core/usage.ts'
import { createEventSplitter } from './event-splitter.ts'
import { isRecord, type JsonRecord, parseJson, recordsOf, textOf } from './json-record.ts'
import type { ReadOptions, StreamProgress, StreamReader } from './provider.ts'

export interface WireStreamDialect {
  readUsage(value: unknown): Usage | undefined
  /** The provider's error object inside a stream. */
  readStreamError(error: JsonRecord): AttemptFailure
}

export function createWireStream(dialect: WireStreamDialect, { startedAtMs }: ReadOptions): StreamReader {
  const splitter = createEventSplitter()
  let usage: Usage | undefined
  let outputBytes = 0
  let hasContent = false
  let isComplete = false
  let failure: AttemptFailure | null = null
  let serviceTier: string | null = null
  let envelope = { id: '', created: Math.floor(startedAtMs / 1000), model: '' }

  /** What the client gets of an event: itself, a changed one, or nothing. */
  const readEvent = (event: Buffer): Uint8Array | null => {
    const data = splitter.dataOf(event)
    if (data === null) return event
    if (data === '[DONE]') {
      isComplete = true
      return null
    }
    const chunk = parseJson(data)
    if (!isRecord(chunk)) return event
    const error = chunk['error']
    if (isRecord(error)) {
      failure = dialect.readStreamError(error)
      return null
    }
    return readChunk(event, chunk)
  }

  const readChunk = (event: Buffer, chunk: JsonRecord): Uint8Array | null => {
    if (envelope.id === '') {
      const { created } = chunk
      envelope = {
        id: textOf(chunk['id']) ?? '',
        created: typeof created === 'number' ? created : envelope.created,
        model: textOf(chunk['model']) ?? '',
      }
    }
    serviceTier = textOf(chunk['service_tier']) ?? serviceTier
    const choices = recordsOf(chunk['choices'])
    for (const choice of choices) {
      const bytes = contentBytes(choice['delta'])
      outputBytes += bytes
      hasContent ||= bytes > 0
      isComplete ||= textOf(choice['finish_reason']) !== null
    }
    // Kimi has it inside the choice, DeepSeek on the last chunk with choices, the others alone: the last one counts.
    const reported = dialect.readUsage(chunk['usage']) ?? dialect.readUsage(choices[0]?.['usage'])
    if (reported === undefined) return event
    usage = reported
    return choices.length === 0 ? null : withoutUsage(chunk, choices)
  }

  const advance = (events: readonly Buffer[]): StreamProgress => {
    const frames: Uint8Array[] = []
    for (const event of events) {
      if (failure !== null) break
      const frame = readEvent(event)
      if (frame !== null) frames.push(frame)
    }
    return { frames, failure: failure ?? splitter.failure }
  }

  return {
    read: (bytes) => advance(splitter.split(bytes)),
    end: () => advance(splitter.flush()),
    get isComplete() {
      return isComplete
    },
    get hasContent() {
      return hasContent
    },
    get usage() {
      return usage
    },
    get outputBytes() {
      return outputBytes
    },
    get envelope() {
      return envelope
    },
    get serviceTier() {
      return serviceTier
    },
  }
}

/** UTF-8 bytes of what a model wrote: text, reasoning, refusals, tool calls. */
export function contentBytes(message: unknown): number {
  if (!isRecord(message)) return 0
  let bytes = 0
  for (const name of ['content', 'reasoning_content', 'refusal']) {
    const text = textOf(message[name])
    if (text !== null) bytes += Buffer.byteLength(text)
  }
  for (const call of recordsOf(message['tool_calls'])) {
    const called = call['function']
    if (!isRecord(called)) continue
    bytes +=
      Buffer.byteLength(textOf(called['name']) ?? '') + Buffer.byteLength(textOf(called['arguments']) ?? '')
  }
  return bytes
}

/** The gateway tells usage itself, at the end and only to those who asked. */
function withoutUsage(chunk: JsonRecord, choices: readonly JsonRecord[]): Uint8Array {
  const { usage: _, ...kept } = chunk
  const bare = choices.map(({ usage: __, ...choice }) => choice)
  return Buffer.from(`data: ${JSON.stringify({ ...kept, choices: bare })}\n\n`)
}
