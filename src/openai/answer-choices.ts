// The choices of a whole answer as OpenAI's schema has them: members that a provider left out are null, and members that it
// sent as null though OpenAI never does are left out. Nothing that a model wrote is touched.

import { memberRemovals } from './json-edit.ts'
import type { Member, Span } from './json-outline.ts'
import { membersAt, objectsAt } from './json-walk.ts'

const OF_CHOICE = ['logprobs']
const OF_MESSAGE = ['content', 'refusal']
/** Of a message; vLLM has them (github vllm-project/vllm, entrypoints/openai, read 2026-11). */
const NEVER_NULL = ['annotations', 'function_call', 'tool_calls']

const OPEN_BRACE = 0x7b
/** Of null: no other value begins so. */
const SMALL_N = 0x6e

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
  for (const choice of objectsAt(json, choices.start)) {
    const members = membersAt(json, choice)
    edits.push(...insertions(choice, lacking(members, OF_CHOICE), members.size === 0))
    const message = members.get('message')
    if (message !== undefined && json[message.start] === OPEN_BRACE)
      edits.push(...messageEdits(json, message.start))
  }
  return edits
}

function messageEdits(json: Buffer, at: number): readonly ChoiceEdit[] {
  const members = membersAt(json, at)
  const nulls = NEVER_NULL.filter((name) => isNull(json, members.get(name)))
  const removals = nulls.length === 0 ? NONE : memberRemovals(members, new Set(nulls)).map(removal)
  return [...removals, ...insertions(at, lacking(members, OF_MESSAGE), members.size === nulls.length)]
}

function removal({ start, end }: Span): ChoiceEdit {
  return { span: { start, end }, json: '' }
}

function lacking(members: ReadonlyMap<string, Member>, wanted: readonly string[]): readonly string[] {
  return wanted.filter((name) => !members.has(name))
}

function insertions(at: number, names: readonly string[], isEmptied: boolean): readonly ChoiceEdit[] {
  if (names.length === 0) return NONE
  const added = names.map((name) => `"${name}":null`).join(',')
  return [{ span: { start: at + 1, end: at + 1 }, json: isEmptied ? added : `${added},` }]
}

/** In what a model wrote the quotes are escaped, so that these are members; a provider does the same in each choice. */
function isAsItShouldBe(text: string): boolean {
  return WANTED.every((key) => text.includes(key)) && !UNWANTED.some((member) => text.includes(member))
}

function isNull(json: Buffer, member: Member | undefined): boolean {
  return member !== undefined && json[member.start] === SMALL_N
}
