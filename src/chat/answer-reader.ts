// What an attempt needs of the answer it carries, whichever way it travels: whole (buffered-answer) or as it comes (relay).

import type { AttemptFailure } from '../core/failure.ts'
import type { ReportedUsage } from '../core/usage.ts'
import type { TurnPart } from '../providers/turn-parts.ts'

export interface AnswerReader {
  /** Bytes of a 2xx answer. A failure ends the attempt. */
  read(chunk: Buffer): AttemptFailure | null
  /** After the last byte. A failure if the answer is not whole. */
  end(): AttemptFailure | null
  /** Content was seen: the first-byte deadline has been met. */
  readonly hasContent: boolean
  /** The provider said that the answer is complete: what may still come is usage at most. */
  readonly isComplete: boolean
  /** Bytes went to the client: no other route may be tried any more. */
  readonly hasReachedClient: boolean
  /** As the provider reported it; undefined while it did not. */
  readonly usage: ReportedUsage | undefined
  /** Generated text so far, UTF-8 bytes. */
  readonly outputBytes: number
  readonly serviceTier: string | null
  /** So far, as its provider wants it back if it called tools. */
  readonly turn: readonly TurnPart[]
}

/** Longer whole answers are refused: no completion comes near it, and memory must have a bound. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024

export function malformed(message: string): AttemptFailure {
  return { class: 'malformed', message, status: 200, code: null, retryAfterMs: null }
}
