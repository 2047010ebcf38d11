// Moonshot's dialect (Kimi). Facts: platform.kimi.ai, chat API and errors (read 2026-10). Its errors carry a type and no code.

import type { FailureClass } from '../core/failure.ts'
import { createOpenAiWireProvider } from './openai-wire.ts'

const CLASSES: Readonly<Record<string, FailureClass>> = {
  content_filter: 'content_filter',
  invalid_authentication_error: 'unauthorized',
  incorrect_api_key_error: 'unauthorized',
  permission_denied_error: 'model_missing',
  resource_not_found_error: 'model_missing',
  engine_overloaded_error: 'overloaded',
  exceeded_current_quota_error: 'out_of_money',
  rate_limit_reached_error: 'rate_limited',
  server_error: 'overloaded',
  unexpected_output: 'overloaded',
  server_unavailable: 'overloaded',
  // Not ours: an exchange that we close ourselves is answered by nobody.
  client_closed_request: 'interrupted',
}

export const kimi = createOpenAiWireProvider({
  id: 'moonshot',
  capField: 'max_completion_tokens',
  knowsDeveloperRole: false,
  usage: {
    // Top level, with a copy in the usual place on newer models.
    cacheRead: [['cached_tokens'], ['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [],
  },
  // K2.6 has a switch, K3 has efforts; K2.7 has neither.
  effort: (word) => (word === 'disabled' ? { thinking: { type: 'disabled' } } : { reasoning_effort: word }),
  classify({ type, message }) {
    if (/exceeded model token limit|input token length too long/i.test(message)) return 'context_too_long'
    return CLASSES[type] ?? null
  },
})
