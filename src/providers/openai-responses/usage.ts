// Usage of the Responses API → disjoint classes. `input_tokens` includes what was read from the cache and written to it.

import type { Usage } from '../../core/usage.ts'
import { isRecord, type JsonRecord } from '../json-record.ts'
import { tokenCount } from '../token-count.ts'

/** Undefined where input or output was not reported. Never negative, and never more in the parts than in the whole. */
export function readResponsesUsage(value: unknown): Usage | undefined {
  if (!isRecord(value)) return undefined
  const input = tokenCount(value['input_tokens'])
  const output = tokenCount(value['output_tokens'])
  if (input === undefined || output === undefined) return undefined
  const details = nested(value, 'input_tokens_details')
  const cacheRead = Math.min(input, tokenCount(details['cached_tokens']) ?? 0)
  const written = Math.min(input - cacheRead, tokenCount(details['cache_write_tokens']) ?? 0)
  const byLifetime = nested(details, 'cache_write_tokens_details')
  const cacheWriteLong = Math.min(written, tokenCount(byLifetime['ttl_12h_tokens']) ?? 0)
  const reasoning = tokenCount(nested(value, 'output_tokens_details')['reasoning_tokens']) ?? 0
  return {
    freshInput: input - cacheRead - written,
    cacheRead,
    cacheWrite: written - cacheWriteLong,
    cacheWriteLong,
    output,
    reasoning: Math.min(output, reasoning),
  }
}

function nested(value: JsonRecord, name: string): JsonRecord {
  const found = value[name]
  return isRecord(found) ? found : {}
}
