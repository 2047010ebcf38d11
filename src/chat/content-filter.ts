// Answers that are none: complete, paid, and ended by the provider's content filter with status 200. For keys that want
// another provider asked then; the others get them as they are.

import type { AttemptFailure } from '../core/failure.ts'
import type { ProviderAnswer } from '../providers/provider.ts'

export const FILTERED: AttemptFailure = Object.freeze({
  class: 'content_filter',
  message: 'the provider would not answer this (finish_reason content_filter)',
  status: 200,
  code: 'content_filter',
  retryAfterMs: null,
})

export function isFilteredAnswer({ json, members }: ProviderAnswer): boolean {
  const choices = members.get('choices')
  return choices !== undefined && areFiltered(json.toString('utf8', choices.start, choices.end))
}

/** Of a stream without content: its frames for the client. */
export function isFilteredStream(frames: readonly Uint8Array[]): boolean {
  return frames.some((frame) => {
    const text = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('utf8')
    const data = /^data: ?(\{.*\})\s*$/s.exec(text)?.[1]
    return data !== undefined && areFiltered(data)
  })
}

/** Every choice of it, or of the chunk. */
function areFiltered(json: string): boolean {
  if (!json.includes('content_filter')) return false
  const value: unknown = JSON.parse(json)
  const choices: readonly unknown[] = Array.isArray(value) ? value : listOf(value)
  return choices.length > 0 && choices.every(isFiltered)
}

function listOf(chunk: unknown): readonly unknown[] {
  const choices = typeof chunk === 'object' && chunk !== null && 'choices' in chunk ? chunk.choices : []
  return Array.isArray(choices) ? choices : []
}

function isFiltered(choice: unknown): boolean {
  return (
    typeof choice === 'object' &&
    choice !== null &&
    'finish_reason' in choice &&
    choice.finish_reason === 'content_filter'
  )
}
