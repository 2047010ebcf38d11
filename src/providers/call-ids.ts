// Ids of tool calls that a provider does not take, and those it gets instead: a conversation that comes from another provider
// has that one's ids. Claude's pattern: BerriAI/litellm 34523; OpenAI's lengths: anomalyco/opencode 12653 and
// AnswerDotAI/fastllm 45. Calls of one id in one turn: vectorize-io/hindsight 4250.

import { createHash } from 'node:crypto'
import type { ChatRequest } from '../openai/chat-request.ts'
import { type JsonRecord, recordsOf } from './json-record.ts'

export interface CallIdRules {
  readonly pattern: RegExp
  /** Where no id may stand twice. */
  readonly uniqueIn: 'turn' | 'conversation'
}

/** Of a provider that says nothing of ids. */
export const ANY_CALL_ID: CallIdRules = { pattern: /^/, uniqueIn: 'turn' }

/** New ids by the place of their message: the calls' in their order, or the one that a result names. */
export type CallIds = ReadonlyMap<number, readonly string[]>

export function changedCallIds(request: ChatRequest, { pattern, uniqueIn }: CallIdRules): CallIds {
  const changed = new Map<number, readonly string[]>()
  const taken = new Set<string>()
  const seen = new Map<string, number>()
  for (const { index, calls } of request.pastTurns()) {
    if (uniqueIn === 'turn') taken.clear()
    /** The new ids of calls whose results are still to come, by their own. */
    const waiting = new Map<string, string[]>()
    const ids = calls.map(({ id }) => {
      const times = (seen.get(id) ?? 0) + 1
      seen.set(id, times)
      const other = pattern.test(id) && !taken.has(id) ? id : drawnId(id, times)
      taken.add(other)
      waiting.set(id, [...(waiting.get(id) ?? []), other])
      return other
    })
    if (calls.every(({ id }, place) => id === ids[place])) continue
    changed.set(index, ids)
    // Of calls with the same id the first result is the first one's.
    for (let place = index + 1; request.messages[place]?.role === 'tool'; place++) {
      const other = waiting.get(request.messages[place]?.answersTo ?? '')?.shift()
      if (other !== undefined) changed.set(place, [other])
    }
  }
  return changed
}

/** The same for the same conversation: a provider's cache goes by the bytes. */
function drawnId(id: string, times: number): string {
  return `call_${createHash('sha256').update(`${times} ${id}`).digest('hex').slice(0, 24)}`
}

export function withCallIds(message: JsonRecord, ids: readonly string[] | undefined): JsonRecord {
  if (ids === undefined) return message
  if (message['role'] === 'tool') return { ...message, tool_call_id: ids[0] }
  const calls = recordsOf(message['tool_calls']).map((call, place) => ({ ...call, id: ids[place] }))
  return { ...message, tool_calls: calls }
}
