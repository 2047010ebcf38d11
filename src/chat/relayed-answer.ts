// An answer that streams: bytes go to the client as they come, and the meter reads along. The client's response begins
// with the first content, not before, so that until then another route can still be tried.

import type { AttemptFailure } from '../core/failure.ts'
import type { Provider, StreamOptions, StreamProgress, StreamReader } from '../providers/provider.ts'
import { type AnswerReader, malformed } from './answer-reader.ts'
import type { ClientReply } from './client-reply.ts'
import { FILTERED, isFilteredStream } from './content-filter.ts'
import type { Transcript } from './transcript.ts'

export interface RelayedAnswer extends AnswerReader {
  readonly envelope: StreamReader['envelope']
  /** Usage in the provider's own words. */
  readonly reportedUsage: unknown
  /** Begins the client's response with what waits for it, if that has not been done. */
  release(): void
}

export interface RelayOptions extends StreamOptions {
  readonly provider: Provider
  readonly client: ClientReply
  /** An answer without content that the content filter ended is a failure, and stays here. */
  readonly withholdsFiltered: boolean
  /** Begins the client's response; nothing where another attempt has begun it. */
  readonly open: () => void
  /** Set where the stream may be gone on with by another attempt, or is by this one. */
  readonly transcript: Transcript | null
  /** Holds the provider back until the client has taken what it got. */
  readonly onFull: () => void
}

/** Of frames without content, before any with: a provider sends one or two. */
const MAX_WAITING_BYTES = 1024 * 1024

export function createRelayedAnswer({
  provider,
  withholdsFiltered,
  client,
  open,
  transcript,
  onFull,
  ...options
}: RelayOptions): RelayedAnswer {
  const reader = provider.readStream(options)
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let isOpen = false

  const forward = (progress: StreamProgress): void => {
    if (client.isGone) return
    if (!isOpen) {
      for (const frame of progress.frames) waitingBytes += frame.length
      waiting.push(...progress.frames)
      if (!reader.hasContent) return
      begin()
      return
    }
    let hasRoom = true
    for (const frame of progress.frames) hasRoom = send(frame)
    if (!hasRoom) onFull()
  }
  const send = (frame: Uint8Array): boolean => {
    const passed = transcript === null ? frame : transcript.pass(frame)
    return passed === null || client.write(passed)
  }
  const begin = (): void => {
    if (isOpen || client.isGone) return
    isOpen = true
    open()
    for (const frame of waiting) send(frame)
    waiting = []
  }

  return {
    get hasContent() {
      return reader.hasContent
    },
    get isComplete() {
      return reader.isComplete
    },
    get hasReachedClient() {
      return isOpen
    },
    get usage() {
      return reader.usage
    },
    get reportedUsage() {
      return reader.reportedUsage
    },
    get outputBytes() {
      return reader.outputBytes
    },
    get serviceTier() {
      return reader.serviceTier
    },
    get turn() {
      return reader.turn
    },
    get envelope() {
      return reader.envelope
    },
    release: begin,
    read(chunk) {
      const progress = reader.read(chunk)
      forward(progress)
      if (!isOpen && waitingBytes > MAX_WAITING_BYTES)
        return malformed(`nothing is said in the first ${MAX_WAITING_BYTES} bytes of the stream`)
      return progress.failure
    },
    end(): AttemptFailure | null {
      const progress = reader.end()
      forward(progress)
      if (progress.failure !== null) return progress.failure
      if (!reader.isComplete)
        return { ...malformed('the stream ended before the answer was complete'), class: 'interrupted' }
      if (!isOpen && withholdsFiltered && isFilteredStream(waiting)) return FILTERED
      // A complete answer without content (a refusal without words, an output cap of nothing) is still an answer.
      begin()
      return null
    },
  }
}
