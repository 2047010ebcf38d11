// An answer as Anthropic's Messages API sends it, whole or as events.

import type { Ask } from './ask.ts'
import type { Answer, Finish, Piece } from './compose-answer.ts'
import type { Frame } from './frame.ts'
import type { JsonObject } from './json-value.ts'
import { type PieceRun, runsOf, textOfRun } from './piece-runs.ts'
import { sealReasoning } from './sealed-reasoning.ts'
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
  content_filter: 'refusal',
  insufficient_system_resource: 'end_turn',
}

export function buildMessagesAnswer(input: MessagesAnswerInput): JsonObject {
  const { answer, usage } = input
  return {
    ...envelope(input),
    content: runsOf(answer.pieces).map((run) => closedBlock(run, input)),
    stop_reason: stopReason(answer),
    ...(usage === null ? {} : { usage: { ...promptUsage(input, usage), ...outputUsage(usage) } }),
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
function promptUsage({ answer }: MessagesAnswerInput, usage: SimulatedUsage): JsonObject {
  return {
    input_tokens: usage.input,
    cache_read_input_tokens: usage.cachedInput,
    cache_creation_input_tokens: usage.cacheWrite + usage.cacheWriteLong,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite,
      ephemeral_1h_input_tokens: usage.cacheWriteLong,
    },
    service_tier: answer.serviceTier,
  }
}

function outputUsage(usage: SimulatedUsage): JsonObject {
  return {
    output_tokens: usage.output,
    output_tokens_details: { thinking_tokens: usage.reasoning },
  }
}

function openBlock(piece: Piece): JsonObject {
  if (piece.kind === 'reasoning') return { type: 'thinking', thinking: '', signature: '' }
  if (piece.kind === 'call') return { type: 'tool_use', id: piece.id, name: piece.name, input: {} }
  return { type: 'text', text: '' }
}

function closedBlock(run: PieceRun, { ask }: MessagesAnswerInput): JsonObject {
  const start = openBlock(run.first)
  const text = textOfRun(run)
  if (run.first.kind === 'reasoning')
    return { ...start, thinking: ask.reasoning === 'shown' ? text : '', signature: signature(ask, text) }
  return run.first.kind === 'call' ? { ...start, input: parseArguments(text) } : { ...start, text }
}

function signature({ model }: Ask, text: string): string {
  return sealReasoning({ provider: 'anthropic', model: model.id }, text)
}

/** Arguments that were cut off by the cap are not JSON; the real endpoint leaves the input empty then. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
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
  const opening = usage === null ? {} : { usage: { ...promptUsage(input, usage), output_tokens: 1 } }
  push('message_start', { message: { ...envelope(input), content: [], stop_reason: null, ...opening } })
  push('ping')
  for (const [index, run] of runsOf(answer.pieces).entries()) {
    push('content_block_start', { index, content_block: openBlock(run.first) })
    for (const piece of run.pieces) {
      output += piece.tokens
      if (piece.kind === 'reasoning') reasoning += piece.tokens
      const delta = deltaOf(piece, input)
      if (delta !== null) push('content_block_delta', { index, delta })
    }
    if (run.first.kind === 'reasoning') {
      const seal = signature(input.ask, textOfRun(run))
      push('content_block_delta', { index, delta: { type: 'signature_delta', signature: seal } })
    }
    push('content_block_stop', { index })
  }
  // Cumulative, the prompt again included: the last one holds.
  const closing = usage === null ? {} : { usage: { ...promptUsage(input, usage), ...outputUsage(usage) } }
  push('message_delta', { delta: { stop_reason: stopReason(answer), stop_sequence: null }, ...closing })
  push('message_stop')
  return frames
}

/** Null for what has no delta: the start of a call, and thinking that is not shown. */
function deltaOf(piece: Piece, { ask }: MessagesAnswerInput): JsonObject | null {
  if (piece.kind === 'call') return null
  if (piece.kind === 'arguments') return { type: 'input_json_delta', partial_json: piece.text }
  if (piece.kind === 'text') return { type: 'text_delta', text: piece.text }
  return ask.reasoning === 'shown' ? { type: 'thinking_delta', thinking: piece.text } : null
}
