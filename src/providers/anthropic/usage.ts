// Claude's usage → disjoint classes. `input_tokens` excludes what was read from or written to the cache.

import type { Usage } from '../../core/usage.ts'
import { isRecord, type JsonRecord } from '../json-record.ts'

/** Undefined where no count was reported. `before`: what an earlier event of the stream said; later counts replace it. */
export function readClaudeUsage(value: unknown, before?: Usage): Usage | undefined {
  if (!isRecord(value)) return before
  const input = count(value, 'input_tokens')
  const output = count(value, 'output_tokens')
  if (input === undefined && output === undefined) return before
  const byLifetime = isRecord(value['cache_creation']) ? value['cache_creation'] : {}
  const short = count(byLifetime, 'ephemeral_5m_input_tokens')
  const cacheWriteLong = count(byLifetime, 'ephemeral_1h_input_tokens') ?? before?.cacheWriteLong ?? 0
  // The sum of both; what is not said to live for an hour lives for five minutes.
  const written = count(value, 'cache_creation_input_tokens')
  const cacheWrite = written === undefined ? short : Math.max(0, written - cacheWriteLong)
  const details = isRecord(value['output_tokens_details']) ? value['output_tokens_details'] : {}
  const allOutput = output ?? before?.output ?? 0
  return {
    freshInput: input ?? before?.freshInput ?? 0,
    cacheRead: count(value, 'cache_read_input_tokens') ?? before?.cacheRead ?? 0,
    cacheWrite: cacheWrite ?? before?.cacheWrite ?? 0,
    cacheWriteLong,
    output: allOutput,
    reasoning: Math.min(allOutput, count(details, 'thinking_tokens') ?? before?.reasoning ?? 0),
  }
}

function count(value: JsonRecord, name: string): number | undefined {
  const found = value[name]
  return typeof found === 'number' && Number.isSafeInteger(found) && found >= 0 ? found : undefined
}
