// What the model says: made from the question alone, so that the same request always gets the same answer. An answer is
// a list of pieces, each with its tokens, so that one that is cut off anywhere is billed for what had been made.

import { createHash } from 'node:crypto'
import type { ProviderId } from '../core/route.ts'
import type { Ask, OfferedTool } from './ask.ts'
import { sampleOf } from './json-sample.ts'
import { isObject } from './json-value.ts'
import { countTokens } from './tokenizer.ts'

export type Piece =
  | {
      readonly kind: 'reasoning' | 'text'
      readonly choice: number
      readonly text: string
      readonly tokens: number
    }
  | {
      readonly kind: 'call'
      readonly choice: number
      readonly call: number
      readonly name: string
      readonly id: string
      readonly tokens: number
    }
  | {
      readonly kind: 'arguments'
      readonly choice: number
      readonly call: number
      readonly text: string
      readonly tokens: number
    }

/** How a provider itself ends an answer: it will not go on, or it cannot. */
export type OddFinish = 'content_filter' | 'insufficient_system_resource'
export type Finish = 'stop' | 'length' | 'tool_calls' | OddFinish

export interface Answer {
  readonly id: string
  readonly createdAtMs: number
  readonly pieces: readonly Piece[]
  /** One for each choice. */
  readonly finishes: readonly Finish[]
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** The service tier it is served at; null where the vendor has none. */
  readonly serviceTier: string | null
}

export interface Composition {
  readonly provider: ProviderId
  readonly serial: number
  readonly atMs: number
  readonly serviceTier: string | null
}

const WORDS =
  'a clear answer comes from the question itself and every part of it is made of small steps that can be followed one by one until nothing is left open while the cost of each step stays known'.split(
    ' ',
  )
const WIDE_WORDS = '清楚的回答来自问题本身每一步都可以检查费用也始终可知'.match(/[^]{1,2}/g) ?? []
const WORDS_PER_PIECE = 4
const CHINESE = /[\u4e00-\u9fff]/

export function composeAnswer(ask: Ask, composition: Composition): Answer {
  const { provider, serial, atMs } = composition
  const pieces: Piece[] = []
  const finishes: Finish[] = []
  for (let choice = 0; choice < ask.choices; choice++) {
    const whole = [...think(ask, provider, choice), ...answer(ask, composition, choice)]
    const cut = cutTo(whole, Math.min(ask.outputCap ?? Infinity, ask.model.maxOutputTokens))
    pieces.push(...cut.pieces)
    finishes.push(cut.isCut ? 'length' : whole.some(isCall) ? 'tool_calls' : 'stop')
  }
  return {
    id: `${provider === 'anthropic' ? 'msg_' : 'chatcmpl-'}sim${provider}${serial}`,
    createdAtMs: atMs,
    ...summed(pieces),
    finishes,
    serviceTier: composition.serviceTier,
  }
}

/** The same answer, ended by the provider after so many pieces. */
export function endEarly(whole: Answer, finish: OddFinish, pieces: number): Answer {
  return {
    ...whole,
    ...summed(whole.pieces.slice(0, pieces)),
    finishes: whole.finishes.map(() => finish),
  }
}

function summed(pieces: readonly Piece[]): Pick<Answer, 'pieces' | 'outputTokens' | 'reasoningTokens'> {
  const sum = (list: readonly Piece[]): number => list.reduce((total, { tokens }) => total + tokens, 0)
  return {
    pieces,
    outputTokens: sum(pieces),
    reasoningTokens: sum(pieces.filter(({ kind }) => kind === 'reasoning')),
  }
}

function isCall({ kind }: Piece): boolean {
  return kind === 'call'
}

function think(ask: Ask, provider: ProviderId, choice: number): readonly Piece[] {
  const pieces: Piece[] = []
  for (let tokens = 0; tokens < ask.thinkingTokens; ) {
    const text = phrase(pieces.length, pieces.length === 0)
    const count = Math.max(1, countTokens(provider, text))
    tokens += count
    pieces.push({ kind: 'reasoning', choice, text, tokens: count })
  }
  return pieces
}

function answer(ask: Ask, composition: Composition, choice: number): readonly Piece[] {
  const { provider } = composition
  const called = toolsToCall(ask)
  if (called.length > 0)
    return called.flatMap((tool, call) => callPieces(tool, { ask, composition, choice, call }))
  const text = (value: string): Piece => ({
    kind: 'text',
    choice,
    text: value,
    tokens: Math.max(1, countTokens(provider, value)),
  })
  if (ask.format === 'text') return prose(ask, choice).map(text)
  const value =
    ask.format === 'json' ? { answer: phrase(choice, true), items: [1, 2, 3] } : sampleOf(ask.format.schema)
  return slices(JSON.stringify(value)).map(text)
}

/** A model calls tools when it must, or when the question speaks of tools or names one. */
function toolsToCall(ask: Ask): readonly OfferedTool[] {
  const [first, second = first] = ask.tools
  if (first === undefined || second === undefined || ask.toolChoice === 'none') return []
  const { toolChoice } = ask
  if (isObject(toolChoice)) return ask.tools.filter(({ name }) => name === toolChoice.name).slice(0, 1)
  const isAskedFor =
    /\b(tool|function)s?\b/i.test(ask.lastText) || ask.tools.some(({ name }) => ask.lastText.includes(name))
  if (toolChoice === 'auto' && !isAskedFor) return []
  return ask.allowsParallelCalls ? [first, second] : [first]
}

interface Call {
  readonly ask: Ask
  readonly composition: Composition
  readonly choice: number
  readonly call: number
}

function callPieces(tool: OfferedTool, place: Call): readonly Piece[] {
  const { choice, call } = place
  const { provider } = place.composition
  const start: Piece = { kind: 'call', choice, call, name: tool.name, id: callId(tool, place), tokens: 6 }
  const parts = slices(JSON.stringify(sampleOf(tool.schema) ?? {}))
  return [
    start,
    ...parts.map(
      (text): Piece => ({
        kind: 'arguments',
        choice,
        call,
        text,
        tokens: Math.max(1, countTokens(provider, text)),
      }),
    ),
  ]
}

/** As each vendor makes them: Kimi's repeat in every conversation, the others' are random. */
function callId({ name }: OfferedTool, { ask, composition, choice, call }: Call): string {
  const { provider, serial } = composition
  if (provider === 'moonshot') {
    const count = ask.earlierCalls + call
    return ask.model.id.includes('k2') ? `functions.${name}:${count}` : `${name}_${count}`
  }
  const random = createHash('sha256').update(`${provider} ${serial} ${choice} ${call}`).digest('hex')
  return CALL_PREFIXES[provider] + random.slice(0, 24)
}

const CALL_PREFIXES: Record<Exclude<ProviderId, 'moonshot'>, string> = {
  deepseek: 'call_00_',
  alibaba: 'call_',
  openai: 'call_',
  anthropic: 'toolu_01',
}

/** As many words as the question asks for ("in 30 words"), else what the question's hash says: 40 to 140. */
function prose(ask: Ask, choice: number): readonly string[] {
  const wanted = /\b(\d{1,5}) words?\b/.exec(ask.lastText)?.[1]
  const digest = createHash('sha1').update(ask.model.id).update(ask.lastText).digest()
  const words = wanted === undefined ? 40 + (digest.readUInt16BE(0) % 101) : Number(wanted)
  const start = digest.readUInt16BE(2) + choice
  const pieces = Math.max(1, Math.ceil(words / WORDS_PER_PIECE))
  if (ask.written !== null) return goOn(ask.written, pieces * WORDS_PER_PIECE)
  if (CHINESE.test(ask.lastText))
    return Array.from({ length: pieces }, (_, index) => pick(WIDE_WORDS, start + index).join(''))
  return Array.from({ length: pieces }, (_, index) => phrase(start + index, index === 0))
}

/** The rest of as many words, from behind the last ones that were written. */
function goOn(written: string, words: number): readonly string[] {
  const said = written.trim().split(/\s+/)
  const tail = said.slice(-8)
  const at = WORDS.findIndex((_, from) =>
    tail.every((word, index) => word === WORDS[(from + index) % WORDS.length]),
  )
  const left = Array.from(
    { length: Math.max(0, words - said.length) },
    (_, index) => ` ${WORDS[(at + tail.length + index) % WORDS.length] ?? ''}`,
  )
  return Array.from({ length: Math.ceil(left.length / WORDS_PER_PIECE) }, (_, index) =>
    left.slice(index * WORDS_PER_PIECE, (index + 1) * WORDS_PER_PIECE).join(''),
  )
}

function phrase(seed: number, isFirst: boolean): string {
  return (isFirst ? '' : ' ') + pick(WORDS, seed).join(' ')
}

function pick(words: readonly string[], seed: number): readonly string[] {
  return Array.from(
    { length: WORDS_PER_PIECE },
    (_, index) => words[(seed * WORDS_PER_PIECE + index) % words.length] ?? '',
  )
}

function slices(text: string): readonly string[] {
  return text.match(/[^]{1,12}/g) ?? ['']
}

interface Cut {
  readonly pieces: readonly Piece[]
  readonly isCut: boolean
}

/** The pieces that fit; the one that crosses the cap is cut, so that a truncated answer has exactly `cap` tokens. */
function cutTo(whole: readonly Piece[], cap: number): Cut {
  const pieces: Piece[] = []
  let left = cap
  for (const piece of whole) {
    if (piece.tokens <= left) {
      pieces.push(piece)
      left -= piece.tokens
      continue
    }
    if (left > 0 && piece.kind !== 'call') {
      const length = Math.max(1, Math.floor((piece.text.length * left) / piece.tokens))
      pieces.push({ ...piece, text: piece.text.slice(0, length), tokens: left })
    }
    return { pieces, isCut: true }
  }
  return { pieces, isCut: false }
}
