// DeepSeek's dialect. Facts: api-docs.deepseek.com, chat completion, thinking mode and error codes (read 2026-10).

import { deepseekErrors } from './deepseek-errors.ts'
import { createOpenAiWireProvider } from './openai-wire.ts'

export const deepseek = createOpenAiWireProvider({
  id: 'deepseek',
  capField: 'max_tokens',
  knowsDeveloperRole: false,
  knowsAllowedTools: false,
  continuePath: '/beta/chat/completions',
  continueField: 'prefix',
  wantsAudioUrl: false,
  usage: {
    cacheRead: [['prompt_cache_hit_tokens'], ['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [],
  },
  effort: (word) =>
    word === 'disabled'
      ? { thinking: { type: 'disabled' } }
      : { thinking: { type: 'enabled' }, reasoning_effort: word },
  reasoning: { filler: (effort) => (effort === 'none' ? null : '') },
  failedFinishes: { insufficient_system_resource: 'overloaded' },
  errors: deepseekErrors,
})
