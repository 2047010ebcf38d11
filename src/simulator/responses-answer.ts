// An answer as OpenAI's Responses API sends it, whole or as events.

import type { Ask } from './ask.ts'
import type { Answer, Finish, Piece } from './compose-answer.ts'
import type { Frame } from './frame.ts'
import type { JsonObject } from './json-value.ts'
import { type PieceRun, runsOf, textOfRun } from './piece-runs.ts'
import { sealReasoning } from './sealed-reasoning.ts'
import type { SimulatedUsage } from './simulated-model.ts'

export interface ResponsesAnswerInput {
  readonly ask: Ask
  readonly answer: Answer
  /** Null: the provider reports none. */
  readonly usage: SimulatedUsage | null
}

/** Why an answer is not complete. */
const INCOMPLETE: Partial<Record<Finish, string>> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
}

export function buildResponsesAnswer(input: ResponsesAnswerInput): JsonObject {
  const { answer, usage } = input
  const reason = INCOMPLETE[answer.finishes[0] ?? 'stop']
  return {
    ...envelope(input),
    status: reason === undefined ? 'completed' : 'incomplete',
    incomplete_details: reason === undefined ? null : { reason },
    output: runsOf(answer.pieces).map((run, index) => itemOf(input, { run, index })),
    usage: usage === null ? null : buildUsage(usage),
  }
}

function envelope({ ask, answer }: ResponsesAnswerInput): JsonObject {
  return {
    id: answer.id.replace('chatcmpl-', 'resp_'),
    object: 'response',
    created_at: Math.floor(answer.createdAtMs / 1000),
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    instructions: null,
    model: ask.model.id,
    output: [],
    parallel_tool_calls: ask.allowsParallelCalls,
    service_tier: answer.serviceTier,
    store: false,
    tools: ask.tools.map(({ name, schema }) => ({ type: 'function', name, parameters: schema })),
    usage: null,
  }
}

function buildUsage(usage: SimulatedUsage): JsonObject {
  const input = usage.input + usage.cachedInput + usage.cacheWrite + usage.cacheWriteLong
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cachedInput,
      cache_write_tokens: usage.cacheWrite + usage.cacheWriteLong,
      cache_write_tokens_details: {
        ttl_30m_tokens: usage.cacheWrite,
        ttl_12h_tokens: usage.cacheWriteLong,
      },
    },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + usage.output,
  }
}

interface Place {
  readonly run: PieceRun
  /** Among the items of the output. */
  readonly index: number
}

const ITEM_PREFIXES = { reasoning: 'rs_', text: 'msg_', call: 'fc_', arguments: 'fc_' } as const

/** As it begins; `itemOf` has it whole. */
function openItem({ ask, answer }: ResponsesAnswerInput, { run: { first }, index }: Place): JsonObject {
  const id = `${ITEM_PREFIXES[first.kind]}${answer.id.slice('chatcmpl-'.length)}${index}`
  if (first.kind === 'reasoning')
    return { id, type: 'reasoning', summary: [], ...(ask.reasoning === 'sealed' ? SEALED_LATER : {}) }
  if (first.kind !== 'call')
    return { id, type: 'message', status: 'in_progress', role: 'assistant', content: [] }
  return {
    id,
    type: 'function_call',
    status: 'in_progress',
    call_id: first.id,
    name: first.name,
    arguments: '',
  }
}

/** What an item begins with may be unfinished; what it ends with counts. */
const SEALED_LATER = { encrypted_content: 'Z0FBQUFB' }

function itemOf(input: ResponsesAnswerInput, place: Place): JsonObject {
  const item = openItem(input, place)
  const { ask } = input
  const text = textOfRun(place.run)
  if (item['type'] === 'reasoning') {
    if (ask.reasoning !== 'sealed') return item
    return { ...item, encrypted_content: sealReasoning({ provider: 'openai', model: ask.model.id }, text) }
  }
  return {
    ...item,
    status: 'completed',
    ...(item['type'] === 'message' ? { content: [textPart(text)] } : { arguments: text }),
  }
}

function textPart(text: string): JsonObject {
  return { type: 'output_text', annotations: [], logprobs: [], text }
}

export function buildResponsesFrames(input: ResponsesAnswerInput): readonly Frame[] {
  const { answer } = input
  const frames: Frame[] = []
  let output = 0
  let reasoning = 0
  const push = (type: string, data: JsonObject): void => {
    const event = { type, ...data, sequence_number: frames.length }
    frames.push({ text: `event: ${type}\ndata: ${JSON.stringify(event)}\n\n`, output, reasoning })
  }
  push('response.created', { response: envelope(input) })
  push('response.in_progress', { response: envelope(input) })
  for (const [index, run] of runsOf(answer.pieces).entries()) {
    const item = itemOf(input, { run, index })
    const where = { item_id: item['id'], output_index: index }
    push('response.output_item.added', { output_index: index, item: openItem(input, { run, index }) })
    if (item['type'] === 'message')
      push('response.content_part.added', { ...where, content_index: 0, part: textPart('') })
    for (const piece of run.pieces) {
      output += piece.tokens
      if (piece.kind === 'reasoning') reasoning += piece.tokens
      const delta = deltaOf(piece, input)
      if (delta !== null) push(delta.type, { ...where, ...delta.data })
    }
    pushEnd(push, { item, index, text: textOfRun(run) })
  }
  const whole = buildResponsesAnswer(input)
  push(`response.${String(whole['status'])}`, { response: whole })
  return frames
}

interface End {
  readonly item: JsonObject
  readonly index: number
  readonly text: string
}

function pushEnd(push: (type: string, data: JsonObject) => void, { item, index, text }: End): void {
  const where = { item_id: item['id'], output_index: index }
  if (item['type'] === 'message') {
    push('response.output_text.done', { ...where, content_index: 0, text, logprobs: [] })
    push('response.content_part.done', { ...where, content_index: 0, part: textPart(text) })
  }
  if (item['type'] === 'function_call')
    push('response.function_call_arguments.done', { ...where, arguments: text })
  push('response.output_item.done', { output_index: index, item })
}

interface Delta {
  readonly type: string
  readonly data: JsonObject
}

/** Null for what has no delta: the start of a call, and thinking. */
function deltaOf(piece: Piece, { ask, answer }: ResponsesAnswerInput): Delta | null {
  if (piece.kind === 'call' || piece.kind === 'reasoning') return null
  // Filler that hides the length of tokens from someone who watches the line.
  const filler = ask.obfuscates ? { obfuscation: answer.id.slice(0, 1 + (answer.pieces.length % 9)) } : {}
  if (piece.kind === 'arguments')
    return { type: 'response.function_call_arguments.delta', data: { delta: piece.text, ...filler } }
  return {
    type: 'response.output_text.delta',
    data: { content_index: 0, delta: piece.text, logprobs: [], ...filler },
  }
}
