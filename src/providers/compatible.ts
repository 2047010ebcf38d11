// Servers that speak OpenAI's chat format and are described by the configuration alone: vLLM, llama.cpp, Ollama, Groq and
// their like. Facts: vllm-project/vllm, ggml-org/llama.cpp (tools/server) and ollama/ollama (openai/openai.go), read 2026-11.

import type { ProviderName } from '../core/route.ts'
import { compatibleErrors } from './compatible-errors.ts'
import { CHAT_PATH, createOpenAiWireProvider, type WireDialect } from './openai-wire.ts'
import type { Provider } from './provider.ts'

export interface CompatibleServer extends Pick<WireDialect, 'capField' | 'takesStreamOptions'> {
  readonly name: ProviderName
  /** Whether it wants its reasoning back with turns that called tools. */
  readonly wantsReasoning: boolean
}

export function createCompatibleProvider({
  name,
  capField,
  takesStreamOptions,
  wantsReasoning,
}: CompatibleServer): Provider {
  return createOpenAiWireProvider({
    id: name,
    capField,
    takesStreamOptions,
    // Templates of open models know system, user, assistant and tool.
    knowsDeveloperRole: false,
    knowsAllowedTools: false,
    continuePath: CHAT_PATH,
    continueField: null,
    wantsAudioUrl: false,
    // Wherever one of them has it; the same tokens never stand in two places with different counts.
    usage: {
      cacheRead: [['prompt_tokens_details', 'cached_tokens'], ['prompt_cache_hit_tokens'], ['cached_tokens']],
      cacheWrite: [],
    },
    effort: (word) => ({ reasoning_effort: word }),
    ...(wantsReasoning ? { reasoning: { filler: () => '' } } : {}),
    errors: compatibleErrors,
  })
}
