// OpenAI-shaped usage → disjoint classes. Who reports what where: each dialect names its fields; the arithmetic is here.

import type { Usage } from '../core/usage.ts'
import { isRecord, type JsonRecord } from './json-record.ts'

/** Where a provider puts its counts. All of OpenAI's shape include cache reads and writes in `prompt_tokens`. */
export interface UsageFields {
  /** Tokens read from the cache, by the places where this provider reports them; the largest one counts, never the sum. */
  readonly cacheRead: readonly (readonly string[])[]
  readonly cacheWrite: readonly (readonly string[])[]
}

/** Undefined where nothing was reported, which is not zero; nor is a prompt of zero tokens, from servers that count none. Never negative, and never more in the parts than in the whole. */
export function readWireUsage(value: unknown, fields: UsageFields): Usage | undefined {
  if (!isRecord(value)) return undefined
  const prompt = countAt(value, ['prompt_tokens'])
  const output = countAt(value, ['completion_tokens'])
  if (prompt === 0 || (prompt === undefined && output === undefined)) return undefined
  const cacheRead = Math.min(prompt ?? 0, largest(value, fields.cacheRead))
  const cacheWrite = Math.min((prompt ?? 0) - cacheRead, largest(value, fields.cacheWrite))
  const reasoning = countAt(value, ['completion_tokens_details', 'reasoning_tokens']) ?? 0
  return {
    freshInput: (prompt ?? 0) - cacheRead - cacheWrite,
    cacheRead,
    cacheWrite,
    cacheWriteLong: 0,
    output: output ?? 0,
    reasoning: Math.min(output ?? 0, reasoning),
  }
}

function largest(value: JsonRecord, places: readonly (readonly string[])[]): number {
  return Math.max(0, ...places.map((place) => countAt(value, place) ?? 0))
}

function countAt(value: JsonRecord, place: readonly string[]): number | undefined {
  let found: unknown = value
  for (const name of place) found = isRecord(found) ? found[name] : undefined
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : undefined
}
