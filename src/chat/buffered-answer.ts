// An answer for a client that did not ask for a stream: collected whole, then read by the provider's translator.

import type { AttemptFailure } from '../core/failure.ts'
import type { ReportedUsage } from '../core/usage.ts'
import type { Provider, ProviderAnswer, ReadOptions } from '../providers/provider.ts'
import { MalformedAnswerError } from '../providers/provider.ts'
import type { TurnPart } from '../providers/turn-parts.ts'
import { type AnswerReader, MAX_ANSWER_BYTES, malformed } from './answer-reader.ts'
import { FILTERED, isFilteredAnswer } from './content-filter.ts'

export interface BufferedAnswerOptions extends ReadOptions {
  readonly provider: Provider
  /** An answer that the content filter ended is a failure, and stays here. */
  readonly withholdsFiltered: boolean
}

export class BufferedAnswer implements AnswerReader {
  readonly hasReachedClient = false
  hasContent = false
  /** The answer, once `end` found it whole. */
  answer: ProviderAnswer | undefined
  readonly #options: BufferedAnswerOptions
  readonly #chunks: Buffer[] = []
  #length = 0

  constructor(options: BufferedAnswerOptions) {
    this.#options = options
  }

  get isComplete(): boolean {
    return this.answer !== undefined
  }

  get usage(): ReportedUsage | undefined {
    return this.answer?.usage
  }

  get outputBytes(): number {
    // Of an answer that broke off nothing can be read: all that came counts.
    return this.answer?.outputBytes ?? (this.hasContent ? this.#length : 0)
  }

  get serviceTier(): string | null {
    return this.answer?.serviceTier ?? null
  }

  get turn(): readonly TurnPart[] {
    return this.answer?.turn ?? []
  }

  read(chunk: Buffer): AttemptFailure | null {
    this.hasContent ||= !isBlank(chunk)
    this.#chunks.push(chunk)
    this.#length += chunk.length
    return this.#length > MAX_ANSWER_BYTES
      ? malformed(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
      : null
  }

  end(): AttemptFailure | null {
    const { provider, withholdsFiltered } = this.#options
    const [only, second] = this.#chunks
    const body = only !== undefined && second === undefined ? only : Buffer.concat(this.#chunks)
    try {
      this.answer = provider.readResponse(body, this.#options)
      if (this.answer.failure !== null) return this.answer.failure
      return withholdsFiltered && isFilteredAnswer(this.answer) ? FILTERED : null
    } catch (error) {
      if (!(error instanceof MalformedAnswerError)) throw error
      // A provider, or what stands before it, may put an error under status 200.
      const told = provider.readError(200, {}, body)
      return told.code === null ? malformed(error.message) : told
    }
  }
}

/** DeepSeek sends blank lines while a request waits its turn: they are not yet an answer. */
function isBlank(chunk: Buffer): boolean {
  for (const byte of chunk) if (byte > 0x20) return false
  return true
}
