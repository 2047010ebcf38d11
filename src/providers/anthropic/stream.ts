// Claude's event stream → OpenAI's chunks. Usage is cumulative: the last one counts.

import type { AttemptFailure } from '../../core/failure.ts'
import type { Usage } from '../../core/usage.ts'
import { createEventSplitter } from '../event-splitter.ts'
import { isRecord, type JsonRecord, parseJson, textOf } from '../json-record.ts'
import type { ReadOptions, StreamProgress, StreamReader } from '../provider.ts'
import { buildFailure } from '../wire-error.ts'
import { classifyClaudeError } from './errors.ts'
import { finishReason } from './response.ts'
import { readClaudeUsage } from './usage.ts'

export function createClaudeStream({ startedAtMs }: ReadOptions): StreamReader {
  const splitter = createEventSplitter()
  const toolIndexes = new Map<unknown, number>()
  let usage: Usage | undefined
  let outputBytes = 0
  let hasContent = false
  let isComplete = false
  let failure: AttemptFailure | null = null
  let serviceTier: string | null = null
  let envelope = { id: '', created: Math.floor(startedAtMs / 1000), model: '' }

  const chunk = (delta: object, finish: string | null = null): Uint8Array =>
    Buffer.from(
      `data: ${JSON.stringify({ ...envelope, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    )
  const content = (text: unknown, delta: (text: string) => object): Uint8Array | null => {
    const written = textOf(text)
    if (written === null || written === '') return null
    outputBytes += Buffer.byteLength(written)
    hasContent = true
    return chunk(delta(written))
  }

  const startBlock = (event: JsonRecord): Uint8Array | null => {
    const block = event['content_block']
    if (!isRecord(block)) return null
    if (block['type'] === 'text') return content(block['text'], (text) => ({ content: text }))
    if (block['type'] !== 'tool_use') return null
    const index = toolIndexes.size
    toolIndexes.set(event['index'], index)
    const name = textOf(block['name']) ?? ''
    outputBytes += Buffer.byteLength(name)
    hasContent = true
    return chunk({
      tool_calls: [{ index, id: block['id'], type: 'function', function: { name, arguments: '' } }],
    })
  }
  const continueBlock = (event: JsonRecord): Uint8Array | null => {
    const delta = event['delta']
    if (!isRecord(delta)) return null
    switch (delta['type']) {
      case 'text_delta':
        return content(delta['text'], (text) => ({ content: text }))
      case 'thinking_delta':
        return content(delta['thinking'], (text) => ({ reasoning_content: text }))
      case 'input_json_delta': {
        const index = toolIndexes.get(event['index']) ?? 0
        return content(delta['partial_json'], (text) => ({
          tool_calls: [{ index, function: { arguments: text } }],
        }))
      }
      default:
        return null
    }
  }
  const readUsage = (value: unknown): void => {
    usage = readClaudeUsage(value, usage)
    if (isRecord(value)) serviceTier = textOf(value['service_tier']) ?? serviceTier
  }
  const readEvent = (event: JsonRecord): Uint8Array | null => {
    switch (event['type']) {
      case 'message_start': {
        const message = isRecord(event['message']) ? event['message'] : {}
        envelope = { ...envelope, id: textOf(message['id']) ?? '', model: textOf(message['model']) ?? '' }
        readUsage(message['usage'])
        return chunk({ role: 'assistant', content: '' })
      }
      case 'content_block_start':
        return startBlock(event)
      case 'content_block_delta':
        return continueBlock(event)
      case 'message_delta': {
        readUsage(event['usage'])
        const stopReason = isRecord(event['delta']) ? event['delta']['stop_reason'] : null
        return textOf(stopReason) === null ? null : chunk({}, finishReason(stopReason))
      }
      case 'message_stop':
        isComplete = true
        return null
      case 'error': {
        const error = isRecord(event['error']) ? event['error'] : {}
        const facts = {
          status: 500,
          code: '',
          type: textOf(error['type']) ?? '',
          message: textOf(error['message']) ?? '',
        }
        failure = buildFailure(facts, { classify: classifyClaudeError, retryAfterMs: null, status: null })
        return null
      }
      default:
        return null
    }
  }
  const advance = (events: readonly Buffer[]): StreamProgress => {
    const frames: Uint8Array[] = []
    for (const bytes of events) {
      if (failure !== null) break
      const data = splitter.dataOf(bytes)
      const event = data === null ? undefined : parseJson(data)
      const frame = isRecord(event) ? readEvent(event) : null
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
