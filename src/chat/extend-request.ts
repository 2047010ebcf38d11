// The client's request with more messages at its end, and everything else as it was.

import type { ChatRequest } from '../openai/chat-request.ts'
import { editObject } from '../openai/json-edit.ts'
import { parseChatRequest } from '../openai/parse-chat-request.ts'

export interface Extension {
  readonly messages: readonly object[]
  /** Members to replace or add, as JSON. */
  readonly set?: Readonly<Record<string, string>>
}

export function extendRequest(request: ChatRequest, { messages, set = {} }: Extension): ChatRequest {
  const { raw, members, routing } = request
  const end = (members.get('messages')?.end ?? 0) - 1
  const json = messages.map((message) => `,${JSON.stringify(message)}`).join('')
  const edited = editObject(raw, members, { set, replace: [{ span: { start: end, end }, json }] })
  // What the headers said is in the routing options already.
  return { ...parseChatRequest(edited, {}), routing }
}
