// A Lua script, and how Redis names it.

import { hash } from 'node:crypto'

export interface Script {
  readonly text: string
  /** SHA-1, which protects nothing. */
  readonly digest: string
}

export function script(text: string): Script {
  return { text, digest: hash('sha1', text) }
}
