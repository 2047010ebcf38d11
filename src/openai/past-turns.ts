// The assistant's turns of a conversation that called tools or carry reasoning: what a provider may want of them is more
// than most requests have. Read only when asked for, and only where there can be any.

import type { ChatRequest } from './chat-request.ts'
import type { Member, Span } from './json-outline.ts'
import { JsonScanner } from './json-scanner.ts'

export interface PastCall {
  readonly id: string
  readonly name: string
  /** Where the arguments of a function stand; null where there are none. */
  readonly given: Span | null
}

export interface PastTurn {
  /** Among the messages. */
  readonly index: number
  /** The message's opening brace. */
  readonly start: number
  readonly calls: readonly PastCall[]
  /** `reasoning_content`, where the message has one. */
  readonly reasoning: { readonly member: Member; readonly isText: boolean } | null
}

const NONE: readonly PastTurn[] = []
const NO_CALLS: readonly PastCall[] = []
const REASONING = '"reasoning_content"'

export function readPastTurns(
  request: Pick<ChatRequest, 'raw' | 'members' | 'messages'>,
): readonly PastTurn[] {
  const list = request.members.get('messages')
  if (list === undefined || !mayHavePastTurns(request)) return NONE
  const turns: PastTurn[] = []
  const scanner = new JsonScanner(request.raw, { from: list.start })
  scanner.readArray((index) => {
    if (request.messages[index]?.role !== 'assistant') return scanner.skipValue()
    const turn = readTurn(scanner, index)
    if (turn.calls.length > 0 || turn.reasoning !== null) turns.push(turn)
  })
  return turns
}

/** Every call has its result, so that a conversation without results has no calls either. */
function mayHavePastTurns({ raw, messages }: Pick<ChatRequest, 'raw' | 'messages'>): boolean {
  let end = 0
  for (const { role, roleSpan, contentSpan } of messages) {
    if (role === 'tool') return true
    const isRoleFirst = contentSpan === null || roleSpan.start < contentSpan.start
    const first = isRoleFirst ? roleSpan : contentSpan
    const second = isRoleFirst ? contentSpan : roleSpan
    // Beside role and content little stands, and that is looked at: not the text.
    if (hasReasoning(raw, end, first.start)) return true
    if (second !== null && hasReasoning(raw, first.end, second.start)) return true
    end = (second ?? first).end
  }
  return hasReasoning(raw, end, raw.length)
}

function hasReasoning(raw: Buffer, start: number, end: number): boolean {
  return end - start > REASONING.length && raw.subarray(start, end).includes(REASONING)
}

function readTurn(scanner: JsonScanner, index: number): PastTurn {
  const start = scanner.offset
  let calls = NO_CALLS
  let reasoning: PastTurn['reasoning'] = null
  scanner.readObject((name, keyStart) => {
    const valueStart = scanner.offset
    const kind = scanner.peekKind()
    if (name === 'tool_calls' && kind === 'array') calls = readCalls(scanner)
    else scanner.skipValue()
    if (name !== 'reasoning_content') return
    const member = { keyStart, start: valueStart, end: scanner.offset }
    reasoning = { member, isText: kind === 'string' }
  })
  return { index, start, calls, reasoning }
}

/** Each is an object with an id: the parser has seen to it. */
function readCalls(scanner: JsonScanner): readonly PastCall[] {
  const calls: PastCall[] = []
  scanner.readArray(() => {
    let id = ''
    let name = ''
    let given: Span | null = null
    const readCalled = (): void =>
      scanner.readObject((member) => {
        const start = scanner.offset
        if (member === 'name' && scanner.peekKind() === 'string') name = scanner.readString()
        else scanner.skipValue()
        if (member === 'arguments') given = { start, end: scanner.offset }
      })
    scanner.readObject((member) => {
      const kind = scanner.peekKind()
      if (member === 'id' && kind === 'string') id = scanner.readString()
      else if ((member === 'function' || member === 'custom') && kind === 'object') readCalled()
      else scanner.skipValue()
    })
    calls.push({ id, name, given })
  })
  return calls
}
