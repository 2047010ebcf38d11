// Changes members of a JSON object in its bytes and leaves every other byte as it came.

import type { ObjectOutline, Span } from './json-outline.ts'

export interface ObjectEdits {
  /** Members to replace or add, as JSON values. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Members to take out; absent ones are ignored. */
  readonly remove?: readonly string[]
  /** Other places inside the object to replace, e.g. a message's role; must not overlap members that are set or removed. */
  readonly replace?: readonly { readonly span: Span; readonly json: string }[]
}

/** The object with the edits applied, as a new buffer. `bytes` is one JSON object and `members` its outline. */
export declare function editObject(bytes: Buffer, members: ObjectOutline, edits: ObjectEdits): Buffer
