// The request for the rest of an answer: the client's own, with what was written of it as its last message.

import type { ChatRequest } from '../openai/chat-request.ts'
import { editObject } from '../openai/json-edit.ts'
import { parseChatRequest } from '../openai/parse-chat-request.ts'

export interface Written {
  readonly text: string
  /** Output tokens. */
  readonly used: number
}

/** Of nothing written there is nothing to go on from: the same request again. */
export function continueRequest(request: ChatRequest, { text, used }: Written): ChatRequest {
  if (text === '') return request
  const { raw, members, maxOutputTokens, routing } = request
  const end = (members.get('messages')?.end ?? 0) - 1
  const last = { role: 'assistant', content: text, prefix: true }
  const capField = members.has('max_completion_tokens') ? 'max_completion_tokens' : 'max_tokens'
  const cap = maxOutputTokens === null ? {} : { [capField]: String(Math.max(1, maxOutputTokens - used)) }
  const edited = editObject(raw, members, {
    set: cap,
    replace: [{ span: { start: end, end }, json: `,${JSON.stringify(last)}` }],
  })
  // What the headers said is in the routing options already.
  return { ...parseChatRequest(edited, {}), routing }
}
