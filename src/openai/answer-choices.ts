// The choices of a whole answer as OpenAI's schema has them: members that a provider left out are null, and members that it
// sent as null though OpenAI never does are left out. Nothing that a model wrote is touched.

import { memberRemovals } from './json-edit.ts'
import type { Member, Span } from './json-outline.ts'
import { JsonScanner } from './json-scanner.ts'

const OF_CHOICE = ['logprobs']
const OF_MESSAGE = ['content', 'refusal']
/** Of a message; vLLM has them (github vllm-project/vllm, entrypoints/openai, read 2026-11). */
const NEVER_NULL = ['annotations', 'function_call', 'tool_calls']

export interface ChoiceEdit {
  readonly span: Span
  readonly json: string
}

const WANTED = [...OF_CHOICE, ...OF_MESSAGE].map((name) => `"${name}"`)
const UNWANTED = NEVER_NULL.flatMap((name) => [`"${name}":null`, `"${name}": null`])
const NONE: readonly ChoiceEdit[] = []

/** `choices`: where the list stands, whose syntax has been checked. */
export function choiceEdits(json: Buffer, choices: Span | undefined): readonly ChoiceEdit[] {
  if (choices === undefined || isAsItShouldBe(json.toString('latin1', choices.start, choices.end)))
    return NONE
  const edits: ChoiceEdit[] = []
  const scanner = new JsonScanner(json, { from: choices.start, allowsAnyText: true })
  const readObject = (member: (name: string) => void): Outline => {
    scanner.skipSpace()
    const { offset } = scanner
    const members = new Map<string, Member>()
    scanner.readObject((name, keyStart) => {
      const start = scanner.offset
      member(name)
      members.set(name, { keyStart, start, end: scanner.offset })
    })
    return { offset, members }
  }
  const readMessage = (): void => {
    const outline = readObject(() => scanner.skipValue())
    const { members } = outline
    const nulls = NEVER_NULL.filter((name) => isNull(json, members.get(name)))
    for (const { start, end } of memberRemovals(members, new Set(nulls)))
      edits.push({ span: { start, end }, json: '' })
    edits.push(...insertions(outline, OF_MESSAGE, members.size === nulls.length))
  }
  scanner.readArray(() => {
    if (scanner.peekKind() !== 'object') return scanner.skipValue()
    const outline = readObject((name) => {
      if (name === 'message' && scanner.peekKind() === 'object') readMessage()
      else scanner.skipValue()
    })
    edits.push(...insertions(outline, OF_CHOICE, outline.members.size === 0))
  })
  return edits
}

interface Outline {
  readonly offset: number
  readonly members: ReadonlyMap<string, Member>
}

function insertions(
  { offset, members }: Outline,
  wanted: readonly string[],
  isEmptied: boolean,
): readonly ChoiceEdit[] {
  const lacking = wanted.filter((name) => !members.has(name))
  if (lacking.length === 0) return NONE
  const added = lacking.map((name) => `"${name}":null`).join(',')
  return [{ span: { start: offset + 1, end: offset + 1 }, json: isEmptied ? added : `${added},` }]
}

/** In what a model wrote the quotes are escaped, so that these are members; a provider does the same in each choice. */
function isAsItShouldBe(text: string): boolean {
  return WANTED.every((key) => text.includes(key)) && !UNWANTED.some((member) => text.includes(member))
}

function isNull(json: Buffer, member: Member | undefined): boolean {
  return member !== undefined && json.toString('latin1', member.start, member.end).trim() === 'null'
}
