// A value that must not be printed: keys, tokens, URLs with a password in them. It shows itself as `[redacted]` to
// String(), JSON, util.inspect and string templates; only reveal() gives it away.

import { inspect } from 'node:util'

const REDACTED = '[redacted]'

export interface Secret {
  /** The value itself, for the one place that needs it. */
  reveal(): string
  toString(): string
  toJSON(): string
}

const shown = (): string => REDACTED

export function createSecret(value: string): Secret {
  // The value lives in a closure, so that walking over the object's properties finds nothing.
  return Object.freeze({
    reveal: () => value,
    toString: shown,
    toJSON: shown,
    [Symbol.toPrimitive]: shown,
    [inspect.custom]: shown,
  })
}
