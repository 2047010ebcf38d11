// What a request's text looks like, from one pass over its bytes: enough to estimate its prompt tokens for any
// tokenizer family, and to bound them. Long prompts are sampled; media are reserved for, never counted as text.

import { isAscii } from 'node:buffer'
import type { ChatRequest } from '../openai/chat-request.ts'
import { createTransitionCounter, type TextFeatures } from './character-classes.ts'
import { type MediaTokens, readParts, type SpanList } from './content-parts.ts'

export interface TextProfile {
  readonly features: TextFeatures
  readonly messages: number
  readonly hasTools: boolean
  readonly media: Readonly<MediaTokens>
  /** No tokenizer makes more tokens of the whole prompt; Infinity where only the model's context bounds it. */
  readonly mostTokens: number
}

/** Text up to this size is read whole. */
const WHOLE_BYTES = 16_384
/** Longer text is read in this many windows, evenly spread. */
const WINDOWS = 16
const WINDOW_BYTES = 1_024

/** Between two messages stands at most this much JSON when they have nothing but role and content, as usually written. */
const BARE_GAP_BYTES = 24

// The template's marks per message, hidden system text per request, and what tools or a schema add in instructions
// (Anthropic: up to 346 tokens with tools); generous, because a hold must cover them.
const MOST_PER_MESSAGE = 16
const MOST_PER_REQUEST = 64
const MOST_TOOL_PREAMBLE = 1_024
const MOST_PER_TOOL = 64
// A template may write JSON anew, with a space after each comma and colon or with \u escapes.
const MOST_JSON_GROWTH = 2

export function readTextProfile(request: ChatRequest): TextProfile {
  const { raw, features, messages } = request
  const media: MediaTokens = { expected: 0, most: 0 }
  const prose: SpanList = []
  const json: SpanList = []
  for (const { contentSpan, hasArrayContent } of messages) {
    if (contentSpan === null) continue
    if (hasArrayContent) readParts(raw, contentSpan, { spans: prose, media })
    else prose.push(contentSpan.start + 1, contentSpan.end - 1)
  }
  addGaps(request, json)
  for (const name of ['tools', 'functions']) addMember(request, name, json)
  if (features.responseFormat === 'json_schema') addMember(request, 'response_format', json)

  const hasTools = features.toolCount > 0
  const hasInstructions = hasTools || features.responseFormat !== 'text'
  const textBytes = totalBytes(prose) + MOST_JSON_GROWTH * totalBytes(json)
  return {
    features: readFeatures(raw, json.length === 0 ? prose : [...prose, ...json]),
    messages: messages.length,
    hasTools,
    media,
    mostTokens:
      textBytes * normalizationGrowth(raw) +
      messages.length * MOST_PER_MESSAGE +
      MOST_PER_REQUEST +
      (hasInstructions ? MOST_TOOL_PREAMBLE + features.toolCount * MOST_PER_TOOL : 0) +
      media.most,
  }
}

/** What stands beside role and content in the messages: tool calls, names, reasoning handed back. */
function addGaps({ members, messages }: ChatRequest, spans: SpanList): void {
  const list = members.get('messages')
  if (list === undefined) return
  let at = list.start
  const gapUntil = (end: number): void => {
    if (end - at > BARE_GAP_BYTES) spans.push(at, end)
  }
  for (const { roleSpan, contentSpan } of messages) {
    const isRoleFirst = contentSpan === null || roleSpan.start < contentSpan.start
    const first = isRoleFirst ? roleSpan : contentSpan
    const second = isRoleFirst ? contentSpan : roleSpan
    gapUntil(first.start)
    at = first.end
    if (second === null) continue
    gapUntil(second.start)
    at = second.end
  }
  gapUntil(list.end)
}

function addMember({ members }: ChatRequest, name: string, spans: SpanList): void {
  const member = members.get(name)
  if (member !== undefined) spans.push(member.start, member.end)
}

// One for all requests: a profile is read in one go, and memory outside of the heap is dear to get and to give back.
const counter = createTransitionCounter()

function readFeatures(raw: Buffer, spans: SpanList): TextFeatures {
  counter.reset()
  const total = totalBytes(spans)
  if (total <= WHOLE_BYTES) {
    for (let pair = 0; pair < spans.length; pair += 2)
      counter.add(raw, spans[pair] ?? 0, spans[pair + 1] ?? 0)
    return counter.features(1)
  }
  return counter.features(total / sampleWindows(raw, { spans, total }))
}

/** Adds evenly spread windows of the text, as if its pieces were one; returns how many bytes they have. */
function sampleWindows(raw: Buffer, text: { spans: SpanList; total: number }): number {
  const { spans, total } = text
  const distance = total / WINDOWS
  let read = 0
  let pair = 0
  let before = 0
  for (let window = 0; window < WINDOWS; window++) {
    let place = Math.floor(window * distance + (distance - WINDOW_BYTES) / 2)
    const until = place + WINDOW_BYTES
    while (place < until && pair < spans.length) {
      const start = spans[pair] ?? 0
      const length = (spans[pair + 1] ?? 0) - start
      if (place < before + length) {
        const end = Math.min(start + until - before, start + length)
        counter.add(raw, start + place - before, end)
        read += end - (start + place - before)
        place = before + end - start
      }
      if (place < before + length) break
      before += length
      pair += 2
    }
  }
  return read
}

function totalBytes(spans: SpanList): number {
  let bytes = 0
  for (let pair = 0; pair < spans.length; pair += 2) bytes += (spans[pair + 1] ?? 0) - (spans[pair] ?? 0)
  return bytes
}

// Some tokenizers normalise text first (NFC), which lengthens a few dozen characters that Unicode excludes from
// composition: musical signs threefold, some Indic, Tibetan and Hebrew forms twofold. These are the bytes they start with.
const GROWS_THREEFOLD = ['f09d85', 'f09d86', 'f09d87'].map((hex) => Buffer.from(hex, 'hex'))
const GROWS_TWOFOLD = 'cd84 e0a5 e0a7 e0a8 e0a9 e0ad e0bd e0be e2ab efa9 efab efac efad'
  .split(' ')
  .map((hex) => Buffer.from(hex, 'hex'))

/** How much longer NFC can make these bytes, as a factor. Escaped characters are longer as they stand than as they come out. */
export function normalizationGrowth(raw: Buffer): 1 | 2 | 3 {
  if (isAscii(raw)) return 1
  if (GROWS_THREEFOLD.some((prefix) => raw.includes(prefix))) return 3
  return GROWS_TWOFOLD.some((prefix) => raw.includes(prefix)) ? 2 : 1
}
