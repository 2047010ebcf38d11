// OpenAI-shaped usage → disjoint classes. Who reports what where: each dialect names its fields; the arithmetic is here.

import type { Usage } from '../core/usage.ts'
import { isRecord, type JsonRecord } from './json-record.ts'
import { tokenCount } from './token-count.ts'

/** Where a provider puts its counts. All of OpenAI's shape include cache reads and writes in `prompt_tokens`. */
export interface UsageFields {
  /** Tokens read from the cache, by the places where this provider reports them; the largest one counts, never the sum. */
  readonly cacheRead: readonly (readonly string[])[]
  readonly cacheWrite: readonly (readonly string[])[]
}

/**
 * Undefined where prompt or output was not reported, which is not zero; nor is a prompt of zero tokens, from servers that
 * count none. Never negative, and never more in the parts than in the whole. `writesLong`: what was written to the cache may
 * be charged as what stays there for long.
 */
export function readWireUsage(
  value: unknown,
  fields: UsageFields,
  writesLong: () => boolean = never,
): Usage | undefined {
  if (!isRecord(value)) return undefined
  const prompt = countAt(value, ['prompt_tokens'])
  const output = countAt(value, ['completion_tokens'])
  if (prompt === undefined || prompt === 0 || output === undefined) return undefined
  const cacheRead = Math.min(prompt, largest(value, fields.cacheRead))
  const written = Math.min(prompt - cacheRead, largest(value, fields.cacheWrite))
  const cacheWriteLong = written > 0 && writesLong() ? written : 0
  const reasoning = countAt(value, ['completion_tokens_details', 'reasoning_tokens']) ?? 0
  return {
    freshInput: prompt - cacheRead - written,
    cacheRead,
    cacheWrite: written - cacheWriteLong,
    cacheWriteLong,
    output,
    reasoning: Math.min(output, reasoning),
  }
}

function never(): boolean {
  return false
}

function largest(value: JsonRecord, places: readonly (readonly string[])[]): number {
  return Math.max(0, ...places.map((place) => countAt(value, place) ?? 0))
}

function countAt(value: JsonRecord, place: readonly string[]): number | undefined {
  let found: unknown = value
  for (const name of place) found = isRecord(found) ? found[name] : undefined
  return tokenCount(found)
}
