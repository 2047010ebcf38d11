// Changes members of a JSON object in its bytes and leaves every other byte as it came.

import type { Member, ObjectOutline, Span } from './json-outline.ts'

export interface ObjectEdits {
  /** Members to replace or add, by name, as JSON. */
  readonly set?: Readonly<Record<string, string>>
  /** Members to take out; absent ones are ignored. */
  readonly remove?: readonly string[]
  /** Other places inside the object to replace, e.g. a message's role; must not overlap members that are set or removed. */
  readonly replace?: readonly { readonly span: Span; readonly json: string }[]
}

interface Change extends Span {
  readonly text: string
}

/** The object with the edits applied, as a new buffer. `bytes` is one JSON object and `members` its outline. */
export function editObject(bytes: Buffer, members: ObjectOutline, edits: ObjectEdits): Buffer {
  const changes: Change[] = []
  for (const { span, json } of edits.replace ?? []) changes.push({ ...span, text: json })

  let added = ''
  const set = edits.set ?? {}
  for (const name of Object.keys(set)) {
    const json = set[name] ?? 'null'
    const member = members.get(name)
    if (member === undefined) added += `${JSON.stringify(name)}:${json},`
    else changes.push({ start: member.start, end: member.end, text: json })
  }
  const removed = edits.remove?.filter((name) => members.has(name)) ?? []
  for (const span of removed.length > 0 ? memberRemovals(members, new Set(removed)) : [])
    changes.push({ ...span, text: '' })
  if (added !== '') {
    const isEmptied = members.size === new Set(removed).size
    const afterBrace = bytes.indexOf(0x7b) + 1
    changes.push({ start: afterBrace, end: afterBrace, text: isEmptied ? added.slice(0, -1) : added })
  }
  return splice(bytes, changes)
}

/** What to cut so that members are gone, each with a comma that belongs to it: the one after, or, at the end of the object, the one before. */
export function memberRemovals(members: ObjectOutline, names: ReadonlySet<string>): readonly Span[] {
  const order = [...members.entries()].toSorted((a, b) => a[1].keyStart - b[1].keyStart)
  const changes: Span[] = []
  let lastKept: Member | undefined
  for (const [index, [name, member]] of order.entries()) {
    if (!names.has(name)) {
      lastKept = member
      continue
    }
    const next = order[index + 1]?.[1]
    if (next !== undefined) changes.push({ start: member.keyStart, end: next.keyStart })
    else changes.push({ start: member.keyStart, end: member.end })
  }
  const last = order.at(-1)
  if (last !== undefined && names.has(last[0]) && lastKept !== undefined) {
    // The object now ends in a removed run: the comma after the last kept member goes too.
    return [
      ...changes.filter((change) => change.start < lastKept.end),
      { start: lastKept.end, end: last[1].end },
    ]
  }
  return changes
}

/** What to cut so that a member of an object inside `bytes` is gone, with the comma that belongs to it. */
export function memberRemoval(bytes: Buffer, { keyStart, end }: Member): Span {
  const next = skipSpace(bytes, end, 1)
  if (bytes[next] === COMMA) return { start: keyStart, end: next + 1 }
  const before = skipSpace(bytes, keyStart - 1, -1)
  return { start: bytes[before] === COMMA ? before : keyStart, end }
}

const COMMA = 0x2c

function skipSpace(bytes: Buffer, from: number, step: 1 | -1): number {
  let at = from
  while ((bytes[at] ?? COMMA) <= 0x20) at += step
  return at
}

function splice(bytes: Buffer, changes: Change[]): Buffer {
  if (changes.length > 1) changes.sort((a, b) => a.start - b.start || a.end - b.end)
  let most = bytes.length
  for (const { start, end, text } of changes) most += mostBytes(text) - (end - start)

  const result = Buffer.allocUnsafe(most)
  let from = 0
  let to = 0
  for (const { start, end, text } of changes) {
    to += bytes.copy(result, to, from, start)
    to += writeText(result, text, to)
    from = end
  }
  to += bytes.copy(result, to, from)
  return to === most ? result : result.subarray(0, to)
}

/** A call of Node's own takes as long as so many characters one by one. */
const SHORT = 32

/** How many bytes it wrote. */
function writeText(bytes: Buffer, text: string, at: number): number {
  if (text.length > SHORT) return bytes.write(text, at)
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code > LAST_ASCII) return bytes.write(text, at)
    bytes[at + place] = code
  }
  return text.length
}

const LAST_ASCII = 0x7f
const LONG = 256
const BYTES_PER_UNIT = 3

/** Of a short text a bound, which takes no look at it. */
function mostBytes(text: string): number {
  return text.length > LONG ? Buffer.byteLength(text) : text.length * BYTES_PER_UNIT
}
