// An answer as Anthropic's Messages API sends it, whole or as events.

import type { Ask } from './ask.ts'
import type { Answer, Finish, Piece } from './compose-answer.ts'
import type { Frame } from './frame.ts'
import type { JsonObject } from './json-value.ts'
import type { SimulatedUsage } from './simulated-model.ts'

export interface MessagesAnswerInput {
  readonly ask: Ask
  readonly answer: Answer
  /** Null: the provider reports none. */
  readonly usage: SimulatedUsage | null
}

const STOP_REASONS: Record<Finish, string> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
}

export function buildMessagesAnswer(input: MessagesAnswerInput): JsonObject {
  const { answer, usage } = input
  return {
    ...envelope(input),
    content: blocksOf(answer).map(({ start, pieces }) =>
      closedBlock(start, pieces.map(textOfPiece).join('')),
    ),
    stop_reason: stopReason(answer),
    ...(usage === null ? {} : { usage: { ...promptUsage(usage), ...outputUsage(usage) } }),
  }
}

function envelope({ ask, answer }: MessagesAnswerInput): JsonObject {
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: ask.model.id,
    stop_sequence: null,
  }
}

function stopReason(answer: Answer): string {
  return STOP_REASONS[answer.finishes[0] ?? 'stop']
}

/** Cache classes stand beside `input_tokens`, not inside it. */
function promptUsage(usage: SimulatedUsage): JsonObject {
  return {
    input_tokens: usage.input,
    cache_read_input_tokens: usage.cachedInput,
    cache_creation_input_tokens: usage.cacheWrite + usage.cacheWriteLong,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite,
      ephemeral_1h_input_tokens: usage.cacheWriteLong,
    },
    service_tier: 'standard',
  }
}

function outputUsage(usage: SimulatedUsage): JsonObject {
  return {
    output_tokens: usage.output,
    output_tokens_details: { thinking_tokens: usage.reasoning },
  }
}

interface Block {
  readonly start: JsonObject
  readonly pieces: readonly Piece[]
}

/** Pieces of one kind in a row are a block; a tool call opens its own. */
function blocksOf(answer: Answer): readonly Block[] {
  const blocks: { start: JsonObject; pieces: Piece[] }[] = []
  let kind = ''
  for (const piece of answer.pieces) {
    const block = blocks.at(-1)
    if (piece.kind === 'arguments') block?.pieces.push(piece)
    else if (block !== undefined && piece.kind === kind && piece.kind !== 'call') block.pieces.push(piece)
    else blocks.push({ start: openBlock(piece), pieces: [piece] })
    if (piece.kind !== 'arguments') kind = piece.kind
  }
  return blocks
}

function openBlock(piece: Piece): JsonObject {
  if (piece.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' }
  if (piece.kind === 'call') return { type: 'tool_use', id: piece.id, name: piece.name, input: {} }
  return { type: 'text', text: '' }
}

function closedBlock(start: JsonObject, content: string): JsonObject {
  switch (start['type']) {
    case 'thinking':
      return { ...start, thinking: content, signature: 'c2lt' }
    case 'tool_use':
      return { ...start, input: parseArguments(content) }
    default:
      return { ...start, text: content }
  }
}

/** Arguments that were cut off by the cap are not JSON; the real endpoint leaves the input empty then. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function textOfPiece(piece: Piece): string {
  return piece.kind === 'call' ? '' : piece.text
}

export function buildMessagesFrames(input: MessagesAnswerInput): readonly Frame[] {
  const { answer, usage } = input
  const frames: Frame[] = []
  let output = 0
  let reasoning = 0
  const push = (type: string, data: JsonObject = {}): void => {
    frames.push({
      text: `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`,
      output,
      reasoning,
    })
  }
  const opening = usage === null ? {} : { usage: { ...promptUsage(usage), output_tokens: 1 } }
  push('message_start', { message: { ...envelope(input), content: [], stop_reason: null, ...opening } })
  push('ping')
  for (const [index, { start, pieces }] of blocksOf(answer).entries()) {
    push('content_block_start', { index, content_block: start })
    for (const piece of pieces) {
      output += piece.tokens
      if (piece.kind === 'reasoning') reasoning += piece.tokens
      if (piece.kind !== 'call') push('content_block_delta', { index, delta: deltaOf(piece) })
    }
    if (start['type'] === 'thinking')
      push('content_block_delta', { index, delta: { type: 'signature_delta', signature: 'c2lt' } })
    push('content_block_stop', { index })
  }
  // Cumulative, the prompt again included: the last one holds.
  const closing = usage === null ? {} : { usage: { ...promptUsage(usage), ...outputUsage(usage) } }
  push('message_delta', { delta: { stop_reason: stopReason(answer), stop_sequence: null }, ...closing })
  push('message_stop')
  return frames
}

function deltaOf(piece: Piece): JsonObject {
  if (piece.kind === 'reasoning') return { type: 'thinking_delta', thinking: piece.text }
  if (piece.kind === 'arguments') return { type: 'input_json_delta', partial_json: piece.text }
  return { type: 'text_delta', text: textOfPiece(piece) }
}
