// Alibaba Model Studio's dialect (Qwen and the models it hosts). Facts: alibabacloud.com/help/en/model-studio, API reference
// and error codes (read 2026-10).

import { CHAT_PATH, createOpenAiWireProvider } from './openai-wire.ts'
import { qwenErrors } from './qwen-errors.ts'

export const qwen = createOpenAiWireProvider({
  id: 'alibaba',
  capField: 'max_tokens',
  knowsDeveloperRole: false,
  knowsAllowedTools: false,
  continuePath: CHAT_PATH,
  continueField: 'partial',
  wantsAudioUrl: true,
  usage: {
    cacheRead: [['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [['prompt_tokens_details', 'cache_creation_input_tokens']],
  },
  effort: (word) => (word === 'disabled' ? { enable_thinking: false } : { reasoning_effort: word }),
  // Where the client says nothing, OpenAI's default holds: here it would be false.
  defaults: ({ features, members }) =>
    features.toolCount > 0 && !members.has('parallel_tool_calls') ? { parallel_tool_calls: true } : {},
  errors: qwenErrors,
})
