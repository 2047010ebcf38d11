// The event stream of the Responses API → OpenAI's chunks.

import { isRecord, type JsonRecord, textOf } from '../json-record.ts'
import type { StreamOptions, StreamReader } from '../provider.ts'
import { renamedCall } from '../tool-names.ts'
import { type StreamTranslator, TranslatedStream } from '../translated-stream.ts'
import type { TurnPart } from '../turn-parts.ts'
import { contentBytes } from '../wire-chunk.ts'
import { finishReason, readFailure, toolCall } from './response.ts'
import { turnPart } from './turn.ts'
import { readResponsesUsage } from './usage.ts'

interface OpenCall {
  /** Among the tool calls, from 0. */
  readonly index: number
  readonly kind: 'function' | 'custom'
  hasArguments: boolean
}

export function createResponsesStream(options: StreamOptions): StreamReader {
  return new TranslatedStream(options, (stream) => createTranslator(stream, options))
}

function createTranslator(
  stream: TranslatedStream,
  { keepsTurn, toolNames }: StreamOptions,
): StreamTranslator {
  /** Tool calls by the place of their item in the output. */
  const calls = new Map<unknown, OpenCall>()
  const turn: TurnPart[] = []

  /** `event` may carry filler that hides the length of tokens: it goes on hiding it. */
  const content = (delta: JsonRecord, { obfuscation }: JsonRecord = {}): Uint8Array | null => {
    const bytes = contentBytes(delta)
    if (bytes === 0) return null
    return stream.content(bytes, delta, obfuscation === undefined ? {} : { obfuscation })
  }
  const callArguments = (event: JsonRecord, text: unknown): Uint8Array | null => {
    const call = calls.get(event['output_index'])
    if (call === undefined || textOf(text) === null || text === '') return null
    call.hasArguments = true
    const { index, kind } = call
    const written = kind === 'function' ? { function: { arguments: text } } : { custom: { input: text } }
    return content({ tool_calls: [{ index, ...written }] }, event)
  }

  const startItem = (event: JsonRecord): Uint8Array | null => {
    const call = isRecord(event['item']) ? toolCall(event['item']) : null
    if (call === null) return null
    const index = calls.size
    const kind = call['type'] === 'custom' ? 'custom' : 'function'
    calls.set(event['output_index'], { index, kind, hasArguments: false })
    return content({ tool_calls: [{ index, ...renamedCall(call, toolNames) }] })
  }
  const readResponse = (response: JsonRecord): void => {
    const { id, model, created_at: createdAt } = response
    const { envelope } = stream
    stream.envelope = {
      id: textOf(id) ?? envelope.id,
      created: typeof createdAt === 'number' ? createdAt : envelope.created,
      model: textOf(model) ?? envelope.model,
    }
    stream.serviceTier = textOf(response['service_tier']) ?? stream.serviceTier
    const read = readResponsesUsage(response['usage'])
    if (read === undefined) return
    stream.usage = read
    stream.reportedUsage = response['usage']
  }
  const fail = (told: JsonRecord): null => {
    stream.failure = readFailure(told)
    return null
  }

  const readEvent = (event: JsonRecord): Uint8Array | null => {
    if (stream.isComplete) return null
    const response = isRecord(event['response']) ? event['response'] : {}
    const { delta } = event
    switch (event['type']) {
      case 'response.created':
        readResponse(response)
        return stream.chunk({ role: 'assistant', content: '' })
      case 'response.output_item.added':
        return startItem(event)
      case 'response.output_text.delta':
        return content({ content: delta }, event)
      case 'response.refusal.delta':
        return content({ refusal: delta }, event)
      case 'response.reasoning_summary_part.added':
        return event['summary_index'] === 0 ? null : content({ reasoning_content: '\n\n' })
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        return content({ reasoning_content: delta }, event)
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return callArguments(event, delta)
      // Short arguments may come without a delta.
      case 'response.function_call_arguments.done':
      case 'response.custom_tool_call_input.done':
        return calls.get(event['output_index'])?.hasArguments === true
          ? null
          : callArguments(event, event['arguments'] ?? event['input'])
      case 'response.output_item.done':
        // What an item began with may have been unfinished.
        if (keepsTurn === true && isRecord(event['item'])) turn.push(...turnPart(event['item']))
        return null
      case 'response.completed':
      case 'response.incomplete':
        readResponse(response)
        stream.isComplete = true
        return stream.chunk({}, finishReason(response, calls.size > 0))
      case 'response.failed':
        readResponse(response)
        return fail(response)
      case 'error':
        // The error is the event itself, and its type says no more than that it is one.
        return fail(isRecord(event['error']) ? event : { error: { ...event, type: undefined } })
      default:
        // Kinds of events that are not known here say nothing that a chat completion has a place for.
        return null
    }
  }
  return { readEvent, turn }
}
