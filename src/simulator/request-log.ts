// What a simulated provider received, for assertions: the last requests, whole.

import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from './json-value.ts'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Empty when the body was not a JSON object. */
  readonly body: JsonObject
  readonly bodyBytes: number
  readonly atMs: number
}

/** A client that left before it had the whole answer. */
export interface ReceivedAbort {
  readonly model: string
  readonly atMs: number
  readonly outputTokens: number
}

const KEPT = 200

/** Adds to a list that keeps the newest entries only. */
export function keepLast<Entry>(list: Entry[], entry: Entry): void {
  list.push(entry)
  if (list.length > KEPT) list.shift()
}
