// What names a turn that called tools, so that it is found again when the conversation comes back: the ids of its calls.
// Some providers count calls instead of drawing ids (Kimi: `get_weather_0` in every conversation); then all that was said
// before belongs to the name, and no other conversation's turn is ever taken for it.

import { createHash, type Hash } from 'node:crypto'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { PastCall } from '../openai/past-turns.ts'

type NamedCall = Pick<PastCall, 'id' | 'name'>

export interface NamedTurn {
  /** Its place among the messages; their number for the turn that answers them. */
  readonly index: number
  readonly calls: readonly NamedCall[]
}

/** A name for each turn; `turns` in the order of their places. */
export function nameTurns(request: ChatRequest, turns: readonly NamedTurn[]): readonly string[] {
  const said = createConversationDigest(request)
  return turns.map(({ index, calls }) => {
    const ids = JSON.stringify(calls.map(({ id }) => id).toSorted())
    return calls.every(hasDrawnId) ? `ids ${ids}` : `said ${said.before(index)} ${ids}`
  })
}

/** Letters and digits that a drawn id has at least, besides the tool's name. */
const LEAST_DRAWN = 16

function hasDrawnId({ id, name }: NamedCall): boolean {
  const rest = name === '' ? id : id.replaceAll(name, '')
  return (rest.match(/[A-Za-z0-9]/g)?.length ?? 0) >= LEAST_DRAWN
}

interface ConversationDigest {
  /** Of the messages before the place; places must not go down from call to call. */
  before(index: number): string
}

function createConversationDigest(request: ChatRequest): ConversationDigest {
  const hash = createHash('sha256')
  const callsAt = new Map(request.pastTurns().map(({ index, calls }) => [index, calls]))
  let done = 0
  return {
    before(index) {
      for (; done < index; done++) addMessage(hash, request, { index: done, calls: callsAt.get(done) ?? [] })
      return hash.copy().digest('base64')
    },
  }
}

/** Reasoning is left out: some clients send it back, and some do not. */
function addMessage(hash: Hash, { raw, messages }: ChatRequest, { index, calls }: NamedTurn): void {
  const message = messages[index]
  if (message === undefined) return
  const { role, contentSpan } = message
  const content = contentSpan === null ? '' : raw.subarray(contentSpan.start, contentSpan.end)
  // An assistant's empty text and no text at all are the same, and clients make either of the other.
  const said = content.length <= EMPTY_STRING_BYTES ? '' : content
  const called = JSON.stringify(calls.map(({ id, name }) => ({ id, name })))
  hash.update(`${role} ${said.length} ${called}\n`).update(said)
}

const EMPTY_STRING_BYTES = 2
