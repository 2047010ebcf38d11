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
  return new MemberReader(raw, members)
}

/** An object of a class, not of closures: every request makes one. */
class MemberReader implements BodyReader {
  readonly #raw: Buffer
  readonly #members: ObjectOutline

  constructor(raw: Buffer, members: ObjectOutline) {
    this.#raw = raw
    this.#members = members
  }

  get names(): Iterable<string> {
    return this.#members.keys()
  }

  value(name: string): unknown {
    const member = this.#members.get(name)
    return member === undefined ? undefined : JSON.parse(this.#raw.toString('utf8', member.start, member.end))
  }

  string(name: string): string | null {
    const found = this.value(name) ?? null
    if (found !== null && typeof found !== 'string') throw invalidField(name, 'must be a string')
    return found
  }

  boolean(name: string): boolean {
    const found = this.value(name) ?? false
    if (typeof found !== 'boolean') throw invalidField(name, 'must be true or false')
    return found
  }

  integer(name: string, least: number, most = Number.MAX_SAFE_INTEGER): number | null {
    const found = this.value(name) ?? null
    if (found === null) return null
    if (typeof found === 'number' && Number.isSafeInteger(found) && found >= least && found <= most)
      return found
    throw invalidField(
      name,
      `must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? ' up' : ` to ${most}`}`,
    )
  }
}
