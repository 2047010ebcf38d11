// Bytes of a server-sent event stream → whole events, wherever the bytes were cut.

import type { AttemptFailure } from '../core/failure.ts'

export interface EventSplitter {
  /** Complete events, blank line included; what is not complete waits. */
  split(bytes: Uint8Array): readonly Buffer[]
  /** What still waits, as if its blank line had come. */
  flush(): readonly Buffer[]
  /** Set once an event is longer than any should be. */
  readonly failure: AttemptFailure | null
}

/** No event comes near it; a provider that never ends one must not fill our memory. */
const MAX_EVENT_BYTES = 8 * 1024 * 1024
const LF = 0x0a
const CR = 0x0d
const NOTHING = Buffer.alloc(0)

export function createEventSplitter(): EventSplitter {
  let rest: Buffer = NOTHING
  let failure: AttemptFailure | null = null

  const split = (bytes: Uint8Array): readonly Buffer[] => {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const all = rest.length === 0 ? view : Buffer.concat([rest, view])
    const events: Buffer[] = []
    let start = 0
    for (let end = eventEnd(all, start); end !== -1; end = eventEnd(all, start)) {
      events.push(all.subarray(start, end))
      start = end
    }
    // A copy: the bytes that came may be reused by whoever read them.
    rest = start === all.length ? NOTHING : Buffer.from(all.subarray(start))
    if (rest.length > MAX_EVENT_BYTES) failure = tooLong()
    return events
  }
  return {
    split,
    flush: () => (rest.length === 0 ? [] : split(Buffer.from('\n\n'))),
    get failure() {
      return failure
    },
  }
}

/** Behind the blank line that ends the event at `from`; -1 while it has not come. */
function eventEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1
    if (bytes[next] === LF) return next + 1
  }
  return -1
}

/** The event's data; null for one that has none, such as a comment. */
export function dataOf(event: Buffer): string | null {
  // Nearly every event is one line and the blank one behind it.
  const lineEnd = event.indexOf(LF)
  if (event.length - lineEnd <= 3 && event.toString('latin1', 0, 5) === 'data:')
    return event.toString('utf8', 5, lineEnd).trim()
  const lines = linesOf(event).filter((line) => line.startsWith('data:'))
  return lines.length === 0 ? null : lines.map((line) => line.slice(5).trim()).join('\n')
}

/**
 * The comment lines of an event without data, for a client to be kept awake by; null where it has none. Without the
 * blank line behind them: some clients take `: text` and a blank line for an event without data, and fail on it.
 */
export function commentOf(event: Buffer): Buffer | null {
  const lines = linesOf(event).filter((line) => line.startsWith(':'))
  return lines.length === 0 ? null : Buffer.from(`${lines.join('\n')}\n`)
}

function linesOf(event: Buffer): readonly string[] {
  return event.toString('utf8').split(/\r?\n/)
}

function tooLong(): AttemptFailure {
  return malformedEvent(`an event of the stream is longer than ${MAX_EVENT_BYTES} bytes`)
}

export function malformedEvent(message: string): AttemptFailure {
  return { class: 'malformed', message, status: 200, code: null, retryAfterMs: null }
}
