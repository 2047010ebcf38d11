// Members that each choice of OpenAI's answers has, where a provider left them out: as null they say the same, and clients
// that hold answers against OpenAI's schema take them.

import type { Span } from './json-outline.ts'
import { JsonScanner } from './json-scanner.ts'

const OF_CHOICE = ['logprobs']
const OF_MESSAGE = ['content', 'refusal']

export interface Insertion {
  readonly span: Span
  readonly json: string
}

const NONE: readonly Insertion[] = []

/** `choices`: where the list of an answer stands, which has been checked. */
export function missingMembers(json: Buffer, choices: Span | undefined): readonly Insertion[] {
  // In what a model wrote the quotes are escaped, so that these are members; a provider does the same in each choice.
  const isWhole = [...OF_CHOICE, ...OF_MESSAGE].every((name) => json.includes(`"${name}"`))
  if (choices === undefined || isWhole) return NONE
  const insertions: Insertion[] = []
  const scanner = new JsonScanner(json, { from: choices.start, allowsAnyText: true })
  const insertInto = (start: number, lacking: readonly string[], isEmpty: boolean): void => {
    if (lacking.length === 0) return
    const members = lacking.map((name) => `"${name}":null`).join(',')
    insertions.push({ span: { start: start + 1, end: start + 1 }, json: isEmpty ? members : `${members},` })
  }
  const readObject = (wanted: readonly string[], member: (name: string) => void): void => {
    scanner.skipSpace()
    const start = scanner.offset
    const names = new Set<string>()
    scanner.readObject((name) => {
      names.add(name)
      member(name)
    })
    const lacking = wanted.filter((name) => !names.has(name))
    insertInto(start, lacking, names.size === 0)
  }
  scanner.readArray(() => {
    if (scanner.peekKind() !== 'object') return scanner.skipValue()
    readObject(OF_CHOICE, (name) => {
      if (name === 'message' && scanner.peekKind() === 'object')
        readObject(OF_MESSAGE, () => scanner.skipValue())
      else scanner.skipValue()
    })
  })
  return insertions
}
