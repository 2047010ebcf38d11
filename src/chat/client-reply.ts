// What the use case needs of the client's connection; `http` implements it.

import type { GatewayError } from '../core/errors.ts'

/** Names and values in turn. */
export type ReplyHeaders = readonly string[]

export interface ClientReply {
  /** The client has left before the answer was complete. */
  readonly isGone: boolean
  /** Called at most once, when the client leaves early. */
  onGone(listener: () => void): void
  /** Headers that go with whatever the answer will be. */
  addHeaders(headers: ReplyHeaders): void
  /** A complete answer. */
  json(status: number, headers: ReplyHeaders, body: string | Uint8Array): void
  /** An error: as the whole answer, or, once a stream is open, as its last event, without `[DONE]`. */
  fail(error: GatewayError, headers: ReplyHeaders): void
  /** Begins a stream. */
  open(headers: ReplyHeaders): void
  /** False: wait for `onDrain` before writing more. */
  write(bytes: Uint8Array): boolean
  /** Called once, when the client has taken what was written. */
  onDrain(listener: () => void): void
  /** Ends a stream. */
  end(text: string): void
}
