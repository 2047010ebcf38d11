// Reasoning that providers of OpenAI's shape want back with the turns that called tools: kept from an answer, put into the
// next request. DeepSeek: api-docs.deepseek.com, thinking mode (read 2026-10), an empty text is taken (github
// earendil-works/pi 7702). Kimi: github anomalyco/opencode 10996, where "." is. OpenAI takes none on Chat Completions.

import type { Effort } from '../core/route.ts'
import { NO_TOOL_NAMES } from '../core/upstream-request.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { memberRemoval } from '../openai/json-edit.ts'
import type { Span } from '../openai/json-outline.ts'
import { isRecord, recordsOf, textOf } from './json-record.ts'
import type { Target } from './provider.ts'
import type { TurnPart } from './turn-parts.ts'

export interface WireReasoning {
  /** Text for a turn whose reasoning nobody has, such as one of another provider; null where none is ever needed. */
  filler(effort: Effort | null): string | null
}

export interface WireTurn {
  /** A delta of the first choice, or its whole message. */
  add(delta: unknown): void
  readonly parts: readonly TurnPart[]
}

/** `toolNames`: the client's, by those that the provider was given instead. */
export function createWireTurn(toolNames = NO_TOOL_NAMES): WireTurn {
  const texts: string[] = []
  const calls = new Map<unknown, { id: string; name: string }>()
  return {
    add(delta) {
      if (!isRecord(delta)) return
      const text = textOf(delta['reasoning_content']) ?? textOf(delta['reasoning'])
      if (text !== null) texts.push(text)
      for (const [place, call] of recordsOf(delta['tool_calls']).entries()) {
        const key = call['index'] ?? place
        const known = calls.get(key) ?? { id: '', name: '' }
        const called = isRecord(call['function']) ? call['function'] : {}
        // Qwen repeats the id as an empty string.
        calls.set(key, { id: textOf(call['id']) || known.id, name: textOf(called['name']) || known.name })
      }
    },
    get parts() {
      const text = texts.join('')
      const reasoning: TurnPart[] = text === '' ? [] : [{ kind: 'reasoning', value: text }]
      const called = [...calls.values()].map(
        ({ id, name }): TurnPart => ({ kind: 'call', id, name: toolNames.get(name) ?? name }),
      )
      return [...reasoning, ...called]
    },
  }
}

/** What becomes of the reasoning in a message: in the client's bytes, and where the message is written anew. */
interface ReasoningEdit {
  readonly span: Span
  readonly json: string
  /** Undefined: none is to be there. */
  readonly text: string | undefined
}

const NO_EDITS: ReadonlyMap<number, ReasoningEdit> = new Map()

/** By the place of the message. */
export function reasoningEdits(
  request: ChatRequest,
  target: Pick<Target, 'route' | 'recalled'>,
  reasoning: WireReasoning | 'refused' | undefined,
): ReadonlyMap<number, ReasoningEdit> {
  if (reasoning === undefined) return NO_EDITS
  if (reasoning === 'refused') return removals(request)
  const filler = reasoning.filler(target.route.effort ?? request.reasoningEffort)
  return filler === null ? NO_EDITS : returns(request, target, filler)
}

/** Gives each turn that called tools the reasoning that the client lost, or what stands for it. */
function returns(
  request: ChatRequest,
  { recalled }: Pick<Target, 'recalled'>,
  filler: string,
): Map<number, ReasoningEdit> {
  const edits = new Map<number, ReasoningEdit>()
  for (const { index, start, calls, reasoning } of request.pastTurns()) {
    if (calls.length === 0 || (reasoning?.isText === true && !isEmptyText(reasoning.member))) continue
    const kept = recalled?.get(index)?.find((part) => part.kind === 'reasoning')?.value
    const text = textOf(kept) ?? filler
    const json = JSON.stringify(text)
    const edit =
      reasoning === null
        ? { span: { start: start + 1, end: start + 1 }, json: `"reasoning_content":${json},` }
        : { span: reasoning.member, json }
    edits.set(index, { ...edit, text })
  }
  return edits
}

/** Two quotation marks: what is said to stand for reasoning, and may not be taken for it everywhere. */
function isEmptyText({ start, end }: Span): boolean {
  return end - start === 2
}

function removals(request: ChatRequest): Map<number, ReasoningEdit> {
  const edits = new Map<number, ReasoningEdit>()
  for (const { index, reasoning } of request.pastTurns())
    if (reasoning !== null)
      edits.set(index, { span: memberRemoval(request.raw, reasoning.member), json: '', text: undefined })
  return edits
}

export function hasReasoning(request: ChatRequest): boolean {
  return request.pastTurns().some(({ reasoning }) => reasoning?.isText === true)
}
