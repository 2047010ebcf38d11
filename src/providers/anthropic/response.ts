// Claude's message → OpenAI's chat completion.

import { isRecord, type JsonRecord, parseExact, recordsOf, textOf } from '../json-record.ts'
import { MalformedAnswerError, type ProviderAnswer, type ReadOptions } from '../provider.ts'
import { writeAnswer } from '../translated-answer.ts'
import { turnPart } from './turn.ts'
import { readClaudeUsage } from './usage.ts'

const FINISH_REASONS: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool_calls',
  // Answered with status 200 and billed: not an error, and not an empty success either.
  refusal: 'content_filter',
}

export function finishReason(stopReason: unknown): string {
  return FINISH_REASONS[textOf(stopReason) ?? ''] ?? 'stop'
}

/** Throws MalformedAnswerError. */
export function readClaudeResponse(
  bytes: Uint8Array,
  { startedAtMs, keepsTurn }: ReadOptions,
): ProviderAnswer {
  const answer = parseExact(Buffer.from(bytes).toString('utf8'))
  if (!isRecord(answer) || !Array.isArray(answer['content']))
    throw new MalformedAnswerError('the answer is not a message')
  const blocks = recordsOf(answer['content'])
  const text = joined(blocks, 'text', 'text')
  const reasoning = joined(blocks, 'thinking', 'thinking')
  const toolCalls = blocks.filter((block) => block['type'] === 'tool_use').map(toolCall)
  const { id, model, content: _, type: __, role: ___, stop_reason: stopReason, ...others } = answer
  const { usage } = answer
  const message = {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  }
  return {
    ...writeAnswer({
      ...others,
      id,
      object: 'chat.completion',
      created: Math.floor(startedAtMs / 1000),
      model,
      choices: [{ index: 0, message, finish_reason: finishReason(stopReason), logprobs: null }],
    }),
    reportedUsage: usage,
    usage: readClaudeUsage(usage),
    outputBytes:
      Buffer.byteLength(text) +
      Buffer.byteLength(reasoning) +
      toolCalls.reduce(
        (sum, call) => sum + Buffer.byteLength(call.function.name + call.function.arguments),
        0,
      ),
    serviceTier: isRecord(usage) ? textOf(usage['service_tier']) : null,
    failure: null,
    turn: keepsTurn === true ? blocks.flatMap(turnPart) : [],
  }
}

function joined(blocks: readonly JsonRecord[], type: string, member: string): string {
  return blocks.map((block) => (block['type'] === type ? (textOf(block[member]) ?? '') : '')).join('')
}

function toolCall(block: JsonRecord) {
  return {
    id: textOf(block['id']) ?? '',
    type: 'function',
    function: { name: textOf(block['name']) ?? '', arguments: JSON.stringify(block['input'] ?? {}) },
  }
}
