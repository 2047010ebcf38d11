// The client's request with more messages at its end, and everything else as it was.

import type { ChatRequest } from '../openai/chat-request.ts'
import { editObject } from '../openai/json-edit.ts'
import { parseChatRequest } from '../openai/parse-chat-request.ts'

export interface AddedMessage {
  readonly role: 'assistant' | 'user'
  readonly content: string
  /** The answer goes on from it. */
  readonly prefix?: true
}

export interface Extension {
  readonly messages: readonly AddedMessage[]
  /** Members to replace or add, as JSON. */
  readonly set?: Readonly<Record<string, string>>
}

/** Throws GatewayError `invalid_request` where the messages cannot stand behind the client's. */
export function extendRequest(request: ChatRequest, { messages, set = {} }: Extension): ChatRequest {
  const { raw, members, routing } = request
  const end = (members.get('messages')?.end ?? 0) - 1
  const json = messages.map((message) => `,${JSON.stringify(asPrompt(message))}`).join('')
  const replace = [{ span: { start: end, end }, json }]
  // The routing options have been read, from the headers too; they never travel.
  const edited = editObject(raw, members, { set, remove: ['routing'], replace })
  return { ...parseChatRequest(edited, {}), routing }
}

/** What a model wrote may have what no prompt may: NUL, and halves of surrogate pairs, such as where a stream was cut. */
function asPrompt(message: AddedMessage): AddedMessage {
  return { ...message, content: message.content.toWellFormed().replaceAll('\0', '') }
}
