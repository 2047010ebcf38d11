// An answer as a Chat Completions vendor sends it, whole or in chunks, with each vendor's habits.

import type { Ask } from './ask.ts'
import type { ChatProvider } from './chat-message.ts'
import { buildChatUsage } from './chat-usage.ts'
import type { Answer, Piece } from './compose-answer.ts'
import type { Frame } from './frame.ts'
import type { JsonObject } from './json-value.ts'
import type { SimulatedUsage } from './simulated-model.ts'

export interface ChatAnswerInput {
  readonly provider: ChatProvider
  readonly ask: Ask
  readonly answer: Answer
  /** Null: the provider reports none. */
  readonly usage: SimulatedUsage | null
}

export function buildChatAnswer(input: ChatAnswerInput): JsonObject {
  const { provider, answer, usage } = input
  return {
    ...envelope(input, 'chat.completion'),
    choices: answer.finishes.map((finish, index) => ({
      index,
      message: buildMessage(
        input,
        answer.pieces.filter(({ choice }) => choice === index),
      ),
      logprobs: null,
      finish_reason: finish,
    })),
    ...(usage === null ? {} : { usage: buildChatUsage(provider, usage) }),
  }
}

function envelope({ ask, answer }: ChatAnswerInput, object: string): JsonObject {
  return {
    id: answer.id,
    object,
    created: Math.floor(answer.createdAtMs / 1000),
    model: ask.model.id,
    ...(answer.serviceTier === null ? {} : { service_tier: answer.serviceTier }),
    system_fingerprint: 'fp_sim',
  }
}

function buildMessage({ provider, ask }: ChatAnswerInput, pieces: readonly Piece[]): JsonObject {
  const textOfKind = (wanted: 'text' | 'reasoning'): string =>
    pieces.map((piece) => (piece.kind === wanted ? piece.text : '')).join('')
  const calls = pieces.filter((piece) => piece.kind === 'call')
  const reasoning = textOfKind('reasoning')
  return {
    role: 'assistant',
    content: calls.length > 0 && provider === 'openai' ? null : textOfKind('text'),
    ...(provider === 'openai' ? { refusal: null } : {}),
    ...(reasoning === '' || ask.reasoning === 'hidden' ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ id, name, call }) => ({
            id,
            type: 'function',
            index: call,
            function: {
              name,
              arguments: pieces
                .map((piece) => (piece.kind === 'arguments' && piece.call === call ? piece.text : ''))
                .join(''),
            },
          })),
        }),
  }
}

/** The chunks in order; the last frame ends with `[DONE]`. */
export function buildChatFrames(input: ChatAnswerInput): readonly Frame[] {
  const { provider, answer } = input
  const frames: Frame[] = []
  let output = 0
  let reasoning = 0
  const push = (choices: readonly JsonObject[], rest: JsonObject = {}): void => {
    frames.push({ text: `data: ${JSON.stringify(chunkOf(input, choices, rest))}\n\n`, output, reasoning })
  }
  // Waiting customers get a comment now and then, and it may come before the first chunk.
  if (provider === 'deepseek') frames.push({ text: ': keep-alive\n\n', output, reasoning })
  for (const [index, finish] of answer.finishes.entries()) {
    push([{ index, delta: { role: 'assistant', content: '' }, finish_reason: null }])
    for (const piece of answer.pieces.filter(({ choice }) => choice === index)) {
      output += piece.tokens
      if (piece.kind === 'reasoning') reasoning += piece.tokens
      const delta = deltaOf(input, piece)
      if (delta !== null) push([{ index, delta, finish_reason: null }])
    }
    const isLast = index === answer.finishes.length - 1
    const last = { index, delta: {}, finish_reason: finish }
    push([isLast ? { ...last, ...usageOnChoice(input) } : last], isLast ? usageOnLastChunk(input) : {})
  }
  const { usage } = input
  if (usage !== null && input.ask.wantsUsage && provider !== 'deepseek')
    push([], { usage: buildChatUsage(provider, usage) })
  frames.push({ text: 'data: [DONE]\n\n', output, reasoning })
  return frames
}

function chunkOf(input: ChatAnswerInput, choices: readonly JsonObject[], rest: JsonObject): JsonObject {
  const { provider, ask, answer } = input
  return {
    ...envelope(input, 'chat.completion.chunk'),
    choices,
    ...(provider === 'deepseek' || ask.wantsUsage ? { usage: null } : {}),
    // Filler that hides the length of tokens from someone who watches the line.
    ...(ask.obfuscates ? { obfuscation: answer.id.slice(0, 1 + (answer.pieces.length % 9)) } : {}),
    ...rest,
  }
}

/** What a piece adds to the message; null where the vendor keeps it to itself. */
function deltaOf({ provider, ask }: ChatAnswerInput, piece: Piece): JsonObject | null {
  if (piece.kind === 'call') {
    const { call: index, id, name } = piece
    return { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }
  }
  if (piece.kind === 'arguments') {
    // Qwen repeats the id as an empty string; the others leave it out.
    const repeated = provider === 'alibaba' ? { id: '', type: 'function' } : {}
    return { tool_calls: [{ index: piece.call, ...repeated, function: { arguments: piece.text } }] }
  }
  if (piece.kind === 'text') return { content: piece.text }
  return ask.reasoning === 'hidden' ? null : { content: null, reasoning_content: piece.text }
}

/** Kimi puts usage on the last choice, asked or not. */
function usageOnChoice({ provider, usage }: ChatAnswerInput): JsonObject {
  return provider === 'moonshot' && usage !== null ? { usage: buildChatUsage(provider, usage) } : {}
}

/** DeepSeek puts usage beside the finish reason, asked or not. */
function usageOnLastChunk({ provider, usage }: ChatAnswerInput): JsonObject {
  return provider === 'deepseek' && usage !== null ? { usage: buildChatUsage(provider, usage) } : {}
}
