// An answer for a client that did not ask for a stream: collected whole, then read by the provider's translator.

import type { Provider, ProviderAnswer } from '../providers/provider.ts'
import { MalformedAnswerError } from '../providers/provider.ts'
import { type AnswerReader, malformed } from './answer-reader.ts'

/** Longer answers are refused: no completion comes near it, and memory must have a bound. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export interface BufferedAnswer extends AnswerReader {
  /** The answer, once `end` found it whole. */
  readonly answer: ProviderAnswer | undefined
}

export interface BufferedAnswerOptions {
  readonly provider: Provider
  readonly startedAtMs: number
}

export function createBufferedAnswer({ provider, startedAtMs }: BufferedAnswerOptions): BufferedAnswer {
  const chunks: Buffer[] = []
  let length = 0
  let hasContent = false
  let answer: ProviderAnswer | undefined
  return {
    get answer() {
      return answer
    },
    get hasContent() {
      return hasContent
    },
    get isComplete() {
      return answer !== undefined
    },
    hasReachedClient: false,
    get usage() {
      return answer?.usage
    },
    get outputBytes() {
      // Of an answer that broke off nothing can be read: all that came counts.
      return answer?.outputBytes ?? (hasContent ? length : 0)
    },
    get serviceTier() {
      return answer?.serviceTier ?? null
    },
    read(chunk) {
      // DeepSeek sends blank lines while a request waits its turn: they are not yet an answer.
      hasContent ||= chunk.some((byte) => byte > 0x20)
      chunks.push(chunk)
      length += chunk.length
      return length > MAX_ANSWER_BYTES
        ? malformed(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
        : null
    },
    end() {
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
      try {
        answer = provider.readResponse(body, { startedAtMs })
        return answer.failure
      } catch (error) {
        if (error instanceof MalformedAnswerError) return malformed(error.message)
        throw error
      }
    },
  }
}
