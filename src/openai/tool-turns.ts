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
  /** Calls of the assistant's last message that wait for their answer. */
  let open = new Set<string>()
  let known: ReadonlySet<string> = open
  let callPath = ''

  const close = (): void => {
    if (open.size === 0) return
    throw invalidField(
      `${callPath}.tool_calls`,
      `has ${open.size} without an answer; each needs a message of role "tool" with its "tool_call_id" right after`,
    )
  }
  return {
    add(path, { role, callIds, answersTo }) {
      if (role === 'tool') {
        if (answersTo === null)
          throw invalidField(`${path}.tool_call_id`, 'is missing; a tool message names the call it answers')
        if (!known.has(answersTo))
          throw invalidField(`${path}.tool_call_id`, "is none of the last assistant message's tool calls")
        open.delete(answersTo)
        return
      }
      close()
      open = new Set(callIds)
      known = new Set(callIds)
      callPath = path
    },
    end: close,
  }
}
