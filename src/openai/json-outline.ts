// One scan over a JSON object's bytes: full syntax check, and where each top-level member stands.

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
