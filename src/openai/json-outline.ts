// Where each top-level member of a JSON object stands in its bytes.

import { JsonScanner, type Leniency } from './json-scanner.ts'

/** Half-open range of bytes. */
export interface Span {
  readonly start: number
  readonly end: number
}

export interface Member {
  /** The value. */
  readonly start: number
  readonly end: number
  /** The key's opening quote. */
  readonly keyStart: number
}

/** Top-level members of an object by name, in the order they stand. */
export type ObjectOutline = ReadonlyMap<string, Member>

/** The outline of one JSON object, its syntax checked whole. Throws JsonSyntaxError; of a repeated name the last one counts, as in JSON.parse. */
export function outlineObject(bytes: Buffer, leniency: Leniency = {}): ObjectOutline {
  const scanner = new JsonScanner(bytes, leniency)
  const members = new Map<string, Member>()
  scanner.skipSpace()
  scanner.readObject((name, keyStart) => {
    const start = scanner.offset
    scanner.skipValue()
    members.set(name, { keyStart, start, end: scanner.offset })
  })
  scanner.expectEnd()
  return members
}
