// DeepSeek's dialect. Facts: api-docs.deepseek.com, chat completion, thinking mode and error codes (read 2026-10).

import { createOpenAiWireProvider } from './openai-wire.ts'

export const deepseek = createOpenAiWireProvider({
  id: 'deepseek',
  capField: 'max_tokens',
  knowsDeveloperRole: false,
  usage: {
    cacheRead: [['prompt_cache_hit_tokens'], ['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [],
  },
  effort: (word) =>
    word === 'disabled'
      ? { thinking: { type: 'disabled' } }
      : { thinking: { type: 'enabled' }, reasoning_effort: word },
  failedFinishes: { insufficient_system_resource: 'overloaded' },
  classify({ status, message }) {
    if (status === 402 || /insufficient balance/i.test(message)) return 'out_of_money'
    if (/maximum context length|context length|too many tokens/i.test(message)) return 'context_too_long'
    if (/content exists risk/i.test(message)) return 'content_filter'
    if (/model not exist/i.test(message)) return 'model_missing'
    return null
  },
})
