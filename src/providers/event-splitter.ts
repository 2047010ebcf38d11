// Bytes of a server-sent event stream → whole events, wherever the bytes were cut.

import type { AttemptFailure } from '../core/failure.ts'

export interface EventSplitter {
  /** Complete events, blank line included; what is not complete waits. */
  split(bytes: Uint8Array): readonly Buffer[]
  /** What still waits, as if its blank line had come. */
  flush(): readonly Buffer[]
  /** Set once an event is longer than any should be. */
  readonly failure: AttemptFailure | null
  /** The event's data; null for one that has none, such as a comment. */
  dataOf(event: Buffer): string | null
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
    dataOf,
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

function dataOf(event: Buffer): string | null {
  const text = event.toString('utf8')
  const lines = text.split(/\r?\n/).filter((line) => line.startsWith('data:'))
  return lines.length === 0 ? null : lines.map((line) => line.slice(5).trim()).join('\n')
}

function tooLong(): AttemptFailure {
  return {
    class: 'malformed',
    message: `an event of the stream is longer than ${MAX_EVENT_BYTES} bytes`,
    status: 200,
    code: null,
    retryAfterMs: null,
  }
}
