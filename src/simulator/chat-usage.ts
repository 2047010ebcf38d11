// Usage as each Chat Completions vendor reports it: the same tokens, four spellings.

import type { ChatProvider } from './chat-message.ts'
import type { JsonObject } from './json-value.ts'
import type { SimulatedUsage } from './simulated-model.ts'

export function buildChatUsage(provider: ChatProvider, usage: SimulatedUsage): JsonObject {
  const prompt = usage.input + usage.cachedInput + usage.cacheWrite + usage.cacheWriteLong
  const totals = {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
  }
  const promptDetails = { cached_tokens: usage.cachedInput }
  const completionDetails = { reasoning_tokens: usage.reasoning }
  const common = {
    ...totals,
    prompt_tokens_details: promptDetails,
    completion_tokens_details: completionDetails,
  }
  if (provider === 'deepseek')
    return {
      ...common,
      prompt_cache_hit_tokens: usage.cachedInput,
      prompt_cache_miss_tokens: prompt - usage.cachedInput,
    }
  // Twice the same figure: at the top as ever, and nested as the newer models have it.
  if (provider === 'moonshot') return { ...common, cached_tokens: usage.cachedInput }
  if (provider === 'alibaba') return common
  return {
    ...common,
    prompt_tokens_details: { ...promptDetails, audio_tokens: 0, cache_write_tokens: usage.cacheWrite },
    completion_tokens_details: {
      ...completionDetails,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
