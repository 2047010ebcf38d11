// The `messages` of a request: roles, where content stands, which kinds of parts it has, and whether every tool call has
// its answer. Text is not looked at.

import type { MessageOutline } from './chat-request.ts'
import { invalidField } from './invalid-field.ts'
import type { Span } from './json-outline.ts'
import type { JsonScanner } from './json-scanner.ts'
import { readCallIds } from './read-calls.ts'
import { type ContentFacts, readParts } from './read-parts.ts'
import { createToolTurns, type ToolTurns } from './tool-turns.ts'

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool']
const NO_TYPES: ReadonlySet<string> = new Set()
const NO_OTHERS: readonly string[] = []

/** Reads the list the scanner stands before and adds its parts to `facts`. */
export function readMessages(scanner: JsonScanner, facts: ContentFacts): readonly MessageOutline[] {
  if (scanner.peekKind() !== 'array') throw invalidField('messages', 'must be a list of messages')
  const messages: MessageOutline[] = []
  const turns = createToolTurns()
  scanner.readArray((index) => {
    messages.push(readMessage(scanner, index, { facts, turns }))
  })
  if (messages.length === 0) throw invalidField('messages', 'is empty; send at least one message')
  turns.end()
  return messages
}

interface Found {
  readonly facts: ContentFacts
  readonly turns: ToolTurns
}

/** What is known of a message while it is read. */
interface Draft {
  role: string
  roleSpan: Span | null
  contentSpan: Span | null
  hasArrayContent: boolean
  partTypes: ReadonlySet<string>
  hasCacheMark: boolean
  isContinued: boolean
  callIds: string[] | null
  name: string | null
  others: string[] | null
  answersTo: string | null
}

function readMessage(scanner: JsonScanner, index: number, { facts, turns }: Found): MessageOutline {
  const path = `messages[${index}]`
  if (scanner.peekKind() !== 'object') throw invalidField(path, 'must be an object with "role" and "content"')
  const start = scanner.offset
  const draft: Draft = {
    role: '',
    roleSpan: null,
    contentSpan: null,
    hasArrayContent: false,
    partTypes: NO_TYPES,
    hasCacheMark: false,
    isContinued: false,
    callIds: null,
    name: null,
    others: null,
    answersTo: null,
  }
  scanner.readObject((name) => readMember(scanner, name, { draft, path, facts }))
  const { role, roleSpan, contentSpan, callIds, answersTo } = draft
  if (roleSpan === null)
    throw invalidField(`${path}.role`, `is missing; it must be one of ${ROLES.join(', ')}`)
  if (contentSpan === null && role !== 'assistant')
    throw invalidField(`${path}.content`, `is missing; a ${role} message needs content`)
  for (const type of draft.partTypes)
    if (!partTypesOf(role).includes(type))
      throw invalidField(`${path}.content`, `has a part of type ${type}, which a ${role} message cannot have`)
  turns.add(path, { role, callIds: callIds ?? [], answersTo })
  return {
    role,
    span: { start, end: scanner.offset },
    roleSpan,
    contentSpan,
    hasArrayContent: draft.hasArrayContent,
    partTypes: draft.partTypes,
    hasCacheMark: draft.hasCacheMark,
    hasToolCalls: callIds !== null && callIds.length > 0,
    name: draft.name,
    others: draft.others ?? NO_OTHERS,
    answersTo,
    isContinued: draft.isContinued,
  }
}

const TEXT = ['text', 'refusal']
const RESULTS = [...TEXT, 'image_url', 'file']
const ANY = [...RESULTS, 'input_audio', 'video_url']

/** Media are the user's; results of tools may have some. Elsewhere they are refused, or lost in silence. */
function partTypesOf(role: string): readonly string[] {
  return role === 'user' ? ANY : role === 'tool' ? RESULTS : TEXT
}

interface Place {
  readonly draft: Draft
  readonly path: string
  readonly facts: ContentFacts
}

function readMember(scanner: JsonScanner, name: string, { draft, path, facts }: Place): void {
  const start = scanner.offset
  switch (name) {
    case 'role':
      if (draft.roleSpan !== null) throw invalidField(`${path}.role`, 'is given twice; send it once')
      draft.role = readRole(scanner, path)
      draft.roleSpan = { start, end: scanner.offset }
      return
    case 'content':
      if (draft.contentSpan !== null) throw invalidField(`${path}.content`, 'is given twice; send it once')
      readContent(scanner, { draft, path, facts })
      return
    case 'tool_calls':
      draft.callIds = readCallIds(scanner, path)
      if (draft.callIds?.length === 0) addOther(draft, name)
      return
    case 'name':
      draft.name = scanner.peekKind() === 'string' ? scanner.readString() : skip(scanner)
      return
    case 'tool_call_id':
      draft.answersTo = scanner.peekKind() === 'string' ? scanner.readString() : skip(scanner)
      return
    case 'prefix':
    case 'partial':
      draft.isContinued ||= scanner.peekKind() === 'true'
      scanner.skipValue()
      return
    default:
      if (name === 'cache_control') draft.hasCacheMark = true
      else addOther(draft, name)
      scanner.skipValue()
  }
}

function addOther(draft: Draft, name: string): void {
  draft.others ??= []
  draft.others.push(name)
}

function readContent(scanner: JsonScanner, { draft, path, facts }: Place): void {
  const start = scanner.offset
  const kind = scanner.peekKind()
  if (kind === 'array') {
    const { types, hasCacheMark } = readParts(scanner, path, facts)
    draft.hasArrayContent = true
    draft.partTypes = types
    draft.hasCacheMark ||= hasCacheMark
  } else if (kind === 'string' || kind === 'null') scanner.skipValue()
  else throw invalidField(`${path}.content`, 'must be a string or a list of content parts')
  draft.contentSpan = kind === 'null' ? null : { start, end: scanner.offset }
}

function readRole(scanner: JsonScanner, path: string): string {
  const role = scanner.peekKind() === 'string' ? scanner.readString() : ''
  if (ROLES.includes(role)) return role
  const older = role === 'function' ? '; results of functions have the role tool, with a "tool_call_id"' : ''
  throw invalidField(`${path}.role`, `must be one of ${ROLES.join(', ')}${older}`)
}

function skip(scanner: JsonScanner): null {
  scanner.skipValue()
  return null
}
