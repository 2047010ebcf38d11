// Whether each tool call of a conversation is answered, and each answer belongs to a call: every provider refuses a
// conversation in which one does not, and by then money is held.

import { invalidField } from './invalid-field.ts'

export interface Turn {
  readonly role: string
  readonly callIds: readonly string[]
  /** `tool_call_id`. */
  readonly answersTo: string | null
}

export interface ToolTurns {
  /** Throws GatewayError `invalid_request`. `path` names the message. */
  add(path: string, turn: Turn): void
  /** After the last message. */
  end(): void
}

export function createToolTurns(): ToolTurns {
  /** How many calls of the assistant's last message wait for their answer, by id: some models give two the same one. */
  let open = new Map<string, number>()
  let known: ReadonlySet<string> = new Set()
  let callPath = ''

  const close = (): void => {
    let unanswered = 0
    for (const count of open.values()) unanswered += count
    if (unanswered === 0) return
    throw invalidField(
      `${callPath}.tool_calls`,
      `has ${unanswered} without an answer; each needs a message of role "tool" with its "tool_call_id" right after`,
    )
  }
  return {
    add(path, { role, callIds, answersTo }) {
      if (role === 'tool') {
        if (answersTo === null)
          throw invalidField(`${path}.tool_call_id`, 'is missing; a tool message names the call it answers')
        if (!known.has(answersTo))
          throw invalidField(`${path}.tool_call_id`, "is none of the last assistant message's tool calls")
        const waiting = open.get(answersTo) ?? 0
        if (waiting === 0)
          throw invalidField(`${path}.tool_call_id`, 'names a call that has its answer; each has one')
        open.set(answersTo, waiting - 1)
        return
      }
      close()
      known = new Set(callIds)
      open = new Map()
      for (const id of callIds) open.set(id, (open.get(id) ?? 0) + 1)
      callPath = path
    },
    end: close,
  }
}
