// OpenAI's own dialect. Facts: the openai 7.57 client's types, help.openai.com 5955604 (spend errors), users' reports of
// refused parameters (2026).

import type { FailureClass } from '../core/failure.ts'
import { createOpenAiWireProvider } from './openai-wire.ts'
import type { ErrorFacts } from './wire-error.ts'

const OUT_OF_MONEY = new Set([
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'billing_hard_limit_reached',
])

export const openai = createOpenAiWireProvider({
  id: 'openai',
  capField: 'max_completion_tokens',
  knowsDeveloperRole: true,
  usage: {
    cacheRead: [['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [['prompt_tokens_details', 'cache_write_tokens']],
  },
  effort: (word) => ({ reasoning_effort: word }),
  classify: classifyOpenAiError,
})

export function classifyOpenAiError({ code, type, message }: ErrorFacts): FailureClass | null {
  if (OUT_OF_MONEY.has(code) || OUT_OF_MONEY.has(type)) return 'out_of_money'
  if (code === 'context_length_exceeded' || /maximum context length/i.test(message)) return 'context_too_long'
  if (code === 'rate_limit_exceeded' || code === 'slow_down') return 'rate_limited'
  if (code === 'model_not_found') return 'model_missing'
  if (code === 'server_is_overloaded') return 'overloaded'
  if (code === 'content_policy_violation' || code === 'content_filter') return 'content_filter'
  if (code === 'invalid_api_key') return 'unauthorized'
  return null
}
