// Small members of a request by their place in its bytes; absent and null are the same, as in OpenAI's API.

import { invalidField } from './invalid-field.ts'
import type { ObjectOutline } from './json-outline.ts'

export interface BodyReader {
  /** Of all members, in the order in which they stand. */
  readonly names: Iterable<string>
  value(name: string): unknown
  string(name: string): string | null
  boolean(name: string): boolean
  integer(name: string, least: number, most?: number): number | null
}

export function createBodyReader(raw: Buffer, members: ObjectOutline): BodyReader {
  const value = (name: string): unknown => {
    const member = members.get(name)
    return member === undefined ? undefined : JSON.parse(raw.toString('utf8', member.start, member.end))
  }
  return {
    get names() {
      return members.keys()
    },
    value,
    string(name) {
      const found = value(name) ?? null
      if (found !== null && typeof found !== 'string') throw invalidField(name, 'must be a string')
      return found
    },
    boolean(name) {
      const found = value(name) ?? false
      if (typeof found !== 'boolean') throw invalidField(name, 'must be true or false')
      return found
    },
    integer(name, least, most = Number.MAX_SAFE_INTEGER) {
      const found = value(name) ?? null
      if (found === null) return null
      if (typeof found === 'number' && Number.isSafeInteger(found) && found >= least && found <= most)
        return found
      throw invalidField(
        name,
        `must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${most}`}`,
      )
    },
  }
}
