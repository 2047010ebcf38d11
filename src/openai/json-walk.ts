// Walks JSON whose syntax has been checked before: strings are passed over at the speed of a search, and nothing is checked
// again. On anything else it may not end where it should.

import type { Member } from './json-outline.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** The members of the object at `at` by name; a name with escapes stands as it is written. */
export function membersAt(json: Buffer, at: number): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>()
  let next = spaceEnd(json, at + 1)
  while (json[next] === QUOTE) {
    const keyStart = next
    const keyEnd = stringEnd(json, keyStart)
    // Behind the colon.
    const start = spaceEnd(json, spaceEnd(json, keyEnd) + 1)
    const end = valueEnd(json, start)
    members.set(json.toString('latin1', keyStart + 1, keyEnd - 1), { keyStart, start, end })
    next = afterComma(json, end)
  }
  return members
}

/** Where each object in the list at `at` begins. */
export function objectsAt(json: Buffer, at: number): readonly number[] {
  const starts: number[] = []
  let next = spaceEnd(json, at + 1)
  while (next < json.length && json[next] !== CLOSE_BRACKET) {
    if (json[next] === OPEN_BRACE) starts.push(next)
    next = afterComma(json, valueEnd(json, next))
  }
  return starts
}

function afterComma(json: Buffer, at: number): number {
  const end = spaceEnd(json, at)
  return json[end] === COMMA ? spaceEnd(json, end + 1) : end
}

function spaceEnd(json: Buffer, at: number): number {
  let end = at
  while ((json[end] ?? QUOTE) <= 0x20) end++
  return end
}

function valueEnd(json: Buffer, at: number): number {
  if (json[at] === QUOTE) return stringEnd(json, at)
  if (json[at] === OPEN_BRACE || json[at] === OPEN_BRACKET) return containerEnd(json, at)
  let end = at
  while (end < json.length && !endsLiteral(json[end] ?? COMMA)) end++
  return end
}

function endsLiteral(byte: number): boolean {
  return byte <= 0x20 || byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET
}

function containerEnd(json: Buffer, at: number): number {
  let depth = 0
  for (let next = at; next < json.length; ) {
    const byte = json[next]
    if (byte === QUOTE) {
      next = stringEnd(json, next)
      continue
    }
    next++
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return next
  }
  return json.length
}

/** A search takes as long to begin as to pass over so many bytes one by one. */
const SHORT = 32

/** Behind the closing quote of the string at `at`. */
function stringEnd(json: Buffer, at: number): number {
  for (let next = at + 1; next <= at + SHORT && json[next] !== BACKSLASH; next++)
    if (json[next] === QUOTE) return next + 1
  for (let quote = json.indexOf(QUOTE, at + 1); quote !== -1; quote = json.indexOf(QUOTE, quote + 1)) {
    let slashes = 0
    while (json[quote - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return json.length
}
