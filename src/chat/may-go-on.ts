// Which streams may be gone on with by another attempt after they broke off.

import type { ChatRequest } from '../openai/chat-request.ts'
import type { ChatServices } from './services.ts'

/** Whether a stream of this request may be gone on with at all: plain text that nothing but its length can cut short. */
export function mayGoOn({ policy }: ChatServices, { isStream, choices, features }: ChatRequest): boolean {
  return (
    policy.resumesStreams &&
    isStream &&
    choices === 1 &&
    features.toolCount === 0 &&
    !features.hasHostedTools &&
    features.responseFormat === 'text' &&
    !features.wantsLogprobs &&
    !features.wantsAudioOutput &&
    // One that stands across the break would be seen by nobody.
    features.stops.length === 0 &&
    features.lastTurn === 'user'
  )
}
