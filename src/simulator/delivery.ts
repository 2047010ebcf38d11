// Sends an answer over the socket at the asked pace and with the asked fault, and says how far it came: an answer is
// billed for what had been generated when it ended.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { EntryEnd } from './books.ts'
import type { Fault } from './faults.ts'
import type { Frame } from './frame.ts'

export interface Latency {
  readonly firstByteMs: number
  readonly chunkMs: number
}

export interface Delivery {
  readonly response: ServerResponse
  readonly headers: Readonly<Record<string, string>>
  readonly latency: Latency
  readonly fault: Fault | undefined
  readonly errorFrame: string
  /** Called exactly once, before the last bytes are out: whoever has the whole answer finds it in the books. */
  readonly onEnd: (end: EntryEnd, last: Frame | null) => void
}

export async function deliverStream(delivery: Delivery, frames: readonly Frame[]): Promise<void> {
  const { response, latency, fault } = delivery
  let sent: Frame | null = null
  const isHere = await waitForFirstByte(delivery)
  if (!isHere) return delivery.onEnd('aborted', null)
  response.writeHead(200, { ...delivery.headers, 'content-type': 'text/event-stream; charset=utf-8' })
  response.flushHeaders()
  const stopAt = fault !== undefined && 'chunks' in fault ? fault.chunks : Infinity
  for (const [index, frame] of frames.entries()) {
    if (index >= stopAt) return breakOff(delivery, sent)
    if (latency.chunkMs > 0 && index > 0) await pauseFor(response, latency.chunkMs)
    if (response.destroyed) return delivery.onEnd('aborted', sent)
    if (index === frames.length - 1) delivery.onEnd('complete', frame)
    sent = frame
    if (!response.write(frame.text)) await drained(response)
  }
  response.end()
}

/** A whole answer is generated before its first byte, so it is billed whole however it ends. */
export async function deliverWhole(delivery: Delivery, body: string, last: Frame): Promise<void> {
  const { response, fault } = delivery
  const isHere = await waitForFirstByte(delivery)
  if (!isHere) return delivery.onEnd('aborted', last)
  const bytes = Buffer.from(fault?.kind === 'malformed_json' ? body.slice(0, -2) : body)
  const isBroken = fault !== undefined && 'chunks' in fault
  delivery.onEnd(isBroken ? 'cut' : 'complete', last)
  response.writeHead(200, {
    ...delivery.headers,
    'content-type': 'application/json',
    'content-length': bytes.length,
  })
  if (!isBroken) return void response.end(bytes)
  response.write(bytes.subarray(0, bytes.length / 2))
  if (fault.kind === 'die_after_chunks' || fault.kind === 'end_after_chunks') response.socket?.destroySoon()
}

/** False when the client left meanwhile. */
async function waitForFirstByte({ response, latency, fault }: Delivery): Promise<boolean> {
  const waitMs = latency.firstByteMs + (fault?.kind === 'slow_first_byte' ? fault.ms : 0)
  if (waitMs > 0) await pauseFor(response, waitMs)
  return !response.destroyed
}

/** What has been made is billed, though it ends in the middle. */
async function breakOff({ response, fault, errorFrame, onEnd }: Delivery, sent: Frame | null): Promise<void> {
  if (fault?.kind === 'stall_after_chunks') {
    if (!response.destroyed) await once(response, 'close')
    return onEnd('aborted', sent)
  }
  onEnd('cut', sent)
  if (fault?.kind === 'error_event_after_chunks') response.end(errorFrame)
  else if (fault?.kind === 'end_after_chunks') response.end()
  else response.socket?.destroySoon()
}

/** Sleeps, and wakes early when the client leaves. */
async function pauseFor(response: ServerResponse, ms: number): Promise<void> {
  if (response.destroyed) return
  const woken = new AbortController()
  const wake = (): void => woken.abort()
  response.once('close', wake)
  try {
    await delay(ms, undefined, { signal: woken.signal })
  } catch {
    // The client left: the caller looks at the response.
  } finally {
    response.off('close', wake)
  }
}

/** Until the client has taken what was written, or has left. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return
  const stop = new AbortController()
  try {
    await Promise.race([
      once(response, 'drain', { signal: stop.signal }),
      once(response, 'close', { signal: stop.signal }),
    ])
  } finally {
    stop.abort()
  }
}
