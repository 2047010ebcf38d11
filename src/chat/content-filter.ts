// Answers that are none: complete, paid, and ended by the provider's content filter with status 200. For keys that want
// another provider asked then; the others get them as they are.

import type { AttemptFailure } from '../core/failure.ts'
import { dataOf } from '../providers/event-splitter.ts'
import { isRecord, parseJson, recordsOf } from '../providers/json-record.ts'
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
  return frames.some(({ buffer, byteOffset, byteLength }) => {
    const data = dataOf(Buffer.from(buffer, byteOffset, byteLength))
    return data !== null && areFiltered(data)
  })
}

/** Every choice of it, or of the chunk. */
function areFiltered(json: string): boolean {
  if (!json.includes('content_filter')) return false
  const value = parseJson(json)
  const choices = recordsOf(isRecord(value) ? value['choices'] : value)
  return choices.length > 0 && choices.every((choice) => choice['finish_reason'] === 'content_filter')
}
