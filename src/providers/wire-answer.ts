// A whole answer in OpenAI's shape, read where it stands: it travels in its own bytes, and only what the gateway has to
// know is parsed.

import type { AttemptFailure } from '../core/failure.ts'
import type { Usage } from '../core/usage.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { type ObjectOutline, outlineObject } from '../openai/json-outline.ts'
import { JsonSyntaxError } from '../openai/json-scanner.ts'
import { type JsonRecord, parseExact, recordsOf, textOf } from './json-record.ts'
import { MalformedAnswerError, type ProviderAnswer, type ReadOptions } from './provider.ts'
import type { TurnPart } from './turn-parts.ts'
import { contentBytes } from './wire-chunk.ts'
import { createWireTurn } from './wire-turn.ts'

export interface WireAnswerDialect {
  readUsage(value: unknown, request?: ChatRequest): Usage | undefined
  /** What a finish reason tells of a failure; null for any other. */
  readFinish(reason: string): AttemptFailure | null
  /** The finish reasons of which it tells one, as bytes. */
  readonly failedFinishes: readonly Buffer[]
}

/** As bytes: a text would be made into them for every answer. */
const MESSAGE = Buffer.from('"message"')
const OPEN_BRACKET = 0x5b
const OPEN_BRACE = 0x7b

/** Throws MalformedAnswerError. */
export function readWireAnswer(
  bytes: Uint8Array,
  dialect: WireAnswerDialect,
  { keepsTurn, request }: ReadOptions,
): ProviderAnswer {
  const json = afterBlankLines(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const members = outlineAnswer(json)
  const choices = members.get('choices')
  const isAnswer = choices !== undefined && isListOfObjects(json, choices.start)
  // In what a model wrote the quotes are escaped.
  if (!isAnswer || json.indexOf(MESSAGE, choices.start) === -1)
    throw new MalformedAnswerError('the answer is not a chat completion')
  return new WireAnswer({ json, members, keepsTurn: keepsTurn === true, request }, dialect)
}

/** DeepSeek keeps a connection open with them until the answer is there. */
function afterBlankLines(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length && (bytes[start] ?? 0) <= 0x20) start++
  return start === 0 ? bytes : bytes.subarray(start)
}

function outlineAnswer(json: Buffer): ObjectOutline {
  try {
    return outlineObject(json, { allowsAnyText: true })
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new MalformedAnswerError('the answer is not a JSON object')
    throw error
  }
}

function isListOfObjects(json: Buffer, start: number): boolean {
  if (json[start] !== OPEN_BRACKET) return false
  let at = start + 1
  while ((json[at] ?? OPEN_BRACE) <= 0x20) at++
  return json[at] === OPEN_BRACE
}

interface FoundAnswer {
  readonly json: Buffer
  readonly members: ObjectOutline
  readonly keepsTurn: boolean
  readonly request: ChatRequest | undefined
}

class WireAnswer implements ProviderAnswer {
  readonly json: Buffer
  readonly members: ObjectOutline
  readonly reportedUsage: unknown
  readonly usage: Usage | undefined
  readonly serviceTier: string | null
  readonly failure: AttemptFailure | null
  readonly #keepsTurn: boolean

  constructor({ json, members, keepsTurn, request }: FoundAnswer, dialect: WireAnswerDialect) {
    this.json = json
    this.members = members
    this.#keepsTurn = keepsTurn
    this.reportedUsage = this.#valueOf('usage')
    // Moonshot's place for it.
    this.usage =
      dialect.readUsage(this.reportedUsage, request) ??
      dialect.readUsage(this.#choices()[0]?.['usage'], request)
    this.serviceTier = textOf(this.#valueOf('service_tier'))
    // Rare, and told apart without parsing what the model wrote.
    this.failure = dialect.failedFinishes.some((reason) => json.includes(reason))
      ? this.#failureBy(dialect)
      : null
  }

  /** Asked for where usage is missing. */
  get outputBytes(): number {
    return this.#choices().reduce((sum, choice) => sum + contentBytes(choice['message']), 0)
  }

  get turn(): readonly TurnPart[] {
    if (!this.#keepsTurn) return []
    const turn = createWireTurn()
    turn.add(this.#choices()[0]?.['message'])
    return turn.parts
  }

  #failureBy(dialect: WireAnswerDialect): AttemptFailure | null {
    for (const choice of this.#choices()) {
      const failure = dialect.readFinish(textOf(choice['finish_reason']) ?? '')
      if (failure !== null) return failure
    }
    return null
  }

  #choices(): readonly JsonRecord[] {
    return recordsOf(this.#valueOf('choices'))
  }

  #valueOf(name: string): unknown {
    const member = this.members.get(name)
    return member === undefined ? undefined : parseExact(this.json.toString('utf8', member.start, member.end))
  }
}
