// DeepSeek's dialect. Facts: api-docs.deepseek.com, chat completion, thinking mode and error codes (read 2026-10).

import type { Effort } from '../core/route.ts'
import { createOpenAiWireProvider, NO_CHANGES } from './openai-wire.ts'

/** It knows low, high and max; the documentation maps the others so. */
const EFFORTS: Readonly<Record<Exclude<Effort, 'none'>, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'high',
  high: 'high',
  xhigh: 'high',
  max: 'max',
}

export const deepseek = createOpenAiWireProvider({
  id: 'deepseek',
  capField: 'max_tokens',
  knowsDeveloperRole: false,
  usage: {
    cacheRead: [['prompt_cache_hit_tokens'], ['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [],
  },
  changes(request, route) {
    const effort = route.effort ?? request.reasoningEffort
    if (effort === null) return NO_CHANGES
    if (effort === 'none') return { set: { thinking: { type: 'disabled' } }, remove: ['reasoning_effort'] }
    return { set: { thinking: { type: 'enabled' }, reasoning_effort: EFFORTS[effort] } }
  },
  // Sampling parameters are ignored while thinking, without an error.
  refusedHints: () => [],
  failedFinishes: { insufficient_system_resource: 'overloaded' },
  classify({ status, message }) {
    if (status === 402 || /insufficient balance/i.test(message)) return 'out_of_money'
    if (/maximum context length|context length|too many tokens/i.test(message)) return 'context_too_long'
    if (/content exists risk/i.test(message)) return 'content_filter'
    if (/model not exist/i.test(message)) return 'model_missing'
    return null
  },
})
