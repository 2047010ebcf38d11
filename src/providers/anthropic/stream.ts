// Claude's event stream → OpenAI's chunks. Usage is cumulative: the last one counts.

import { isRecord, type JsonRecord, textOf } from '../json-record.ts'
import type { StreamOptions, StreamReader } from '../provider.ts'
import { type StreamTranslator, TranslatedStream } from '../translated-stream.ts'
import { readStreamFailure } from '../wire-error.ts'
import { claudeErrors } from './errors.ts'
import { finishReason } from './response.ts'
import { turnPart } from './turn.ts'
import { readClaudeUsage } from './usage.ts'

/** Without a blank line behind it, as event-splitter's commentOf says. */
const PING = Buffer.from(': ping\n')

interface ToolBlock {
  /** Among the tool calls, from 0. */
  readonly index: number
  /** As the block began with it; its arguments where no others come. */
  readonly input: unknown
  hasArguments: boolean
}

export function createClaudeStream(options: StreamOptions): StreamReader {
  return new TranslatedStream(options, (stream) => createTranslator(stream, options))
}

function createTranslator(
  stream: TranslatedStream,
  { keepsTurn, toolNames }: StreamOptions,
): StreamTranslator {
  /** Tool calls by the number of their block. */
  const tools = new Map<unknown, ToolBlock>()
  /** Blocks by their number, as far as the next turn needs them. */
  const blocks = new Map<unknown, JsonRecord>()

  const content = (text: unknown, delta: (text: string) => object): Uint8Array | null => {
    const written = textOf(text)
    return written === null || written === ''
      ? null
      : stream.content(Buffer.byteLength(written), delta(written))
  }

  const toolArguments = (tool: ToolBlock | undefined, text: unknown): Uint8Array | null =>
    content(text, (written) => ({
      tool_calls: [{ index: tool?.index ?? 0, function: { arguments: written } }],
    }))

  const startBlock = (event: JsonRecord): Uint8Array | null => {
    const block = event['content_block']
    if (!isRecord(block)) return null
    if (keepsTurn === true) blocks.set(event['index'], block)
    if (block['type'] === 'text') return content(block['text'], (text) => ({ content: text }))
    if (block['type'] !== 'tool_use') return null
    const index = tools.size
    tools.set(event['index'], { index, input: block['input'] ?? {}, hasArguments: false })
    const given = textOf(block['name']) ?? ''
    const name = toolNames.get(given) ?? given
    return stream.content(Buffer.byteLength(name), {
      tool_calls: [{ index, id: block['id'], type: 'function', function: { name, arguments: '' } }],
    })
  }
  /** Thinking comes in deltas, and then its signature. */
  const extendBlock = (index: unknown, { thinking, signature }: JsonRecord): void => {
    const block = blocks.get(index)
    if (block === undefined) return
    const before = textOf(block['thinking']) ?? ''
    const text = typeof thinking === 'string' ? before + thinking : before
    blocks.set(index, { ...block, thinking: text, ...(signature === undefined ? {} : { signature }) })
  }
  const continueBlock = (event: JsonRecord): Uint8Array | null => {
    const delta = event['delta']
    if (!isRecord(delta)) return null
    switch (delta['type']) {
      case 'text_delta':
        return content(delta['text'], (text) => ({ content: text }))
      case 'thinking_delta':
      case 'signature_delta':
        extendBlock(event['index'], delta)
        return content(delta['thinking'], (text) => ({ reasoning_content: text }))
      case 'input_json_delta': {
        const tool = tools.get(event['index'])
        if (tool !== undefined) tool.hasArguments ||= delta['partial_json'] !== ''
        return toolArguments(tool, delta['partial_json'])
      }
      default:
        return null
    }
  }
  /** A call without arguments comes without a delta; a client of OpenAI's reads an object even then. */
  const stopBlock = (event: JsonRecord): Uint8Array | null => {
    const tool = tools.get(event['index'])
    return tool === undefined || tool.hasArguments ? null : toolArguments(tool, JSON.stringify(tool.input))
  }
  const readUsage = (value: unknown): void => {
    if (!isRecord(value)) return
    stream.usage = readClaudeUsage(value, stream.usage)
    stream.reportedUsage = { ...(isRecord(stream.reportedUsage) ? stream.reportedUsage : {}), ...value }
    stream.serviceTier = textOf(value['service_tier']) ?? stream.serviceTier
  }
  const readEvent = (event: JsonRecord): Uint8Array | null => {
    switch (event['type']) {
      case 'message_start': {
        const message = isRecord(event['message']) ? event['message'] : {}
        const { created } = stream.envelope
        stream.envelope = {
          id: textOf(message['id']) ?? '',
          created,
          model: textOf(message['model']) ?? '',
        }
        readUsage(message['usage'])
        return stream.chunk({ role: 'assistant', content: '' })
      }
      case 'content_block_start':
        return startBlock(event)
      case 'content_block_delta':
        return continueBlock(event)
      case 'content_block_stop':
        return stopBlock(event)
      case 'message_delta': {
        readUsage(event['usage'])
        const { stop_reason: stopReason, ...others } = isRecord(event['delta']) ? event['delta'] : {}
        if (textOf(stopReason) === null) return null
        stream.isComplete = true
        return stream.chunk({}, finishReason(stopReason), others)
      }
      case 'message_stop':
        stream.isComplete = true
        return null
      case 'error':
        // Behind a complete answer it takes nothing away.
        if (!stream.isComplete)
          stream.failure = readStreamFailure(isRecord(event['error']) ? event['error'] : {}, claudeErrors)
        return null
      case 'ping':
        // Before the answer begins nobody is there to be kept awake.
        return stream.hasContent ? PING : null
      default:
        // Kinds of events that are not known may be added at any time, says the documentation.
        return null
    }
  }
  return {
    readEvent,
    get turn() {
      return [...blocks.values()].flatMap(turnPart)
    },
  }
}
