// What the Chat Completions vendors have in common in a message.

import type { ProviderId } from '../core/route.ts'
import { listOf, objectOf, textOf } from './json-value.ts'

export type ChatProvider = Exclude<ProviderId, 'anthropic'>

/** Text of a message's content, whichever form it has. */
export function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  return listOf(content)
    .map((part) => textOf(objectOf(part)['text']))
    .join(' ')
}
