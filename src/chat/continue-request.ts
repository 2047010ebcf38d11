// The request for the rest of an answer: the client's own, with what was written of it as its last message.

import type { ChatRequest } from '../openai/chat-request.ts'
import { extendRequest } from './extend-request.ts'

export interface Written {
  readonly text: string
  /** Output tokens. */
  readonly used: number
}

/** Of nothing written there is nothing to go on from: the same request again. */
export function continueRequest(request: ChatRequest, { text, used }: Written): ChatRequest {
  if (text === '') return request
  const { members, maxOutputTokens } = request
  const capField = members.has('max_completion_tokens') ? 'max_completion_tokens' : 'max_tokens'
  const cap = maxOutputTokens === null ? {} : { [capField]: String(Math.max(1, maxOutputTokens - used)) }
  return extendRequest(request, { messages: [{ role: 'assistant', content: text, prefix: true }], set: cap })
}
