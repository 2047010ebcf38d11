// Claude's usage → disjoint classes. `input_tokens` excludes what was read from or written to the cache.

import { addUsage, type ModelUsage, NO_USAGE, type ReportedUsage, type Usage } from '../../core/usage.ts'
import { isRecord, type JsonRecord, recordsOf, textOf } from '../json-record.ts'
import { tokenCount } from '../token-count.ts'

/** Undefined where input or output was never reported. `before`: what an earlier event of the stream said; later counts replace it. */
export function readClaudeUsage(value: unknown, before?: ReportedUsage): ReportedUsage | undefined {
  if (!isRecord(value)) return before
  const whole = readCounts(value, before)
  const byModel = readIterations(value['iterations'])
  if (byModel === null || whole === undefined) return whole
  const summed = byModel.reduce<Usage>((sum, { usage }) => addUsage(sum, usage), NO_USAGE)
  return { ...summed, reasoning: Math.min(summed.output, whole.reasoning), byModel }
}

/**
 * Each pass over the prompt, where there were several, or one of another model: what a declined one, a fallback or a
 * compaction used is not all in the totals, and each is charged at its own model's price (types of @anthropic-ai/sdk, beta
 * messages, 2026-11).
 */
function readIterations(value: unknown): readonly ModelUsage[] | null {
  const passes = recordsOf(value).flatMap((pass): ModelUsage[] => {
    const usage = readCounts(pass)
    return usage === undefined ? [] : [{ model: textOf(pass['model']), usage }]
  })
  return passes.length > 1 || passes.some(({ model }) => model !== null) ? passes : null
}

function readCounts(value: JsonRecord, before?: Usage): Usage | undefined {
  const input = tokenCount(value['input_tokens']) ?? before?.freshInput
  const output = tokenCount(value['output_tokens']) ?? before?.output
  if (input === undefined || output === undefined) return before
  const byLifetime = isRecord(value['cache_creation']) ? value['cache_creation'] : {}
  const short = tokenCount(byLifetime['ephemeral_5m_input_tokens'])
  const cacheWriteLong = tokenCount(byLifetime['ephemeral_1h_input_tokens']) ?? before?.cacheWriteLong ?? 0
  // The sum of both; what is not said to live for an hour lives for five minutes.
  const written = tokenCount(value['cache_creation_input_tokens'])
  const cacheWrite = written === undefined ? short : Math.max(0, written - cacheWriteLong)
  const details = isRecord(value['output_tokens_details']) ? value['output_tokens_details'] : {}
  return {
    freshInput: input,
    cacheRead: tokenCount(value['cache_read_input_tokens']) ?? before?.cacheRead ?? 0,
    cacheWrite: cacheWrite ?? before?.cacheWrite ?? 0,
    cacheWriteLong,
    output,
    reasoning: Math.min(output, tokenCount(details['thinking_tokens']) ?? before?.reasoning ?? 0),
  }
}
