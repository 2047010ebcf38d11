// Alibaba Model Studio's dialect (Qwen and the models it hosts). Facts: alibabacloud.com/help/en/model-studio, API reference
// and error codes (read 2026-10).

import type { FailureClass } from '../core/failure.ts'
import { createOpenAiWireProvider } from './openai-wire.ts'

/** By code. `insufficient_quota` means here what others call a rate limit: it passes within a minute. */
const CLASSES: Readonly<Record<string, FailureClass>> = {
  Arrearage: 'out_of_money',
  CommodityNotPurchased: 'out_of_money',
  PrepaidBillOverdue: 'out_of_money',
  PostpaidBillOverdue: 'out_of_money',
  insufficient_quota: 'rate_limited',
  'Throttling.AllocationQuota': 'rate_limited',
  limit_requests: 'rate_limited',
  limit_burst_rate: 'rate_limited',
  data_inspection_failed: 'content_filter',
  DataInspectionFailed: 'content_filter',
  'InternalError.Algo.DataInspectionFailed': 'content_filter',
  'AccessDenied.Unpurchased': 'model_missing',
  'Model.AccessDenied': 'model_missing',
  'AllocationQuota.FreeTierOnly': 'model_missing',
  model_not_found: 'model_missing',
  model_not_supported: 'model_missing',
  invalid_api_key: 'unauthorized',
}

export const qwen = createOpenAiWireProvider({
  id: 'alibaba',
  capField: 'max_tokens',
  knowsDeveloperRole: false,
  usage: {
    cacheRead: [['prompt_tokens_details', 'cached_tokens']],
    cacheWrite: [['prompt_tokens_details', 'cache_creation_input_tokens']],
  },
  effort: (word) => (word === 'disabled' ? { enable_thinking: false } : { reasoning_effort: word }),
  // Where the client says nothing, OpenAI's default holds: here it would be false.
  defaults: ({ features, members }) =>
    features.toolCount > 0 && !members.has('parallel_tool_calls') ? { parallel_tool_calls: true } : {},
  classify({ code, message }) {
    if (/range of input length/i.test(message)) return 'context_too_long'
    if (/overdue|free allocated quota exceeded/i.test(message)) return 'out_of_money'
    return CLASSES[code] ?? null
  },
})
