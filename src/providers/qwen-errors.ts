// Alibaba Model Studio's errors. Facts: alibabacloud.com/help/en/model-studio/error-code (read 2026-10), and texts in
// public issues. The native spellings come as well: in streams, and from some products.

import type { ErrorTable } from './error-table.ts'

export const qwenErrors: ErrorTable = {
  rows: [
    { class: 'context_too_long', message: /range of input length/i },
    // Under 400, 403 and 429 (tencentmusic/supersonic 1572, HKUDS/nanobot 4048).
    {
      class: 'out_of_money',
      words: ['Arrearage', 'CommodityNotPurchased', 'PrepaidBillOverdue', 'PostpaidBillOverdue'],
    },
    { class: 'out_of_money', message: /overdue|free allocated quota exceeded/i },
    // `insufficient_quota` is tokens a minute here, and passes; at OpenAI it means no money.
    {
      class: 'rate_limited',
      words: [
        'insufficient_quota',
        'limit_requests',
        'limit_burst_rate',
        'Throttling',
        'Throttling.AllocationQuota',
        'Throttling.RateQuota',
        'Throttling.BurstRate',
      ],
    },
    // On input and output, with three spellings (QwenLM/qwen-code 3145, camel-ai/owl 432).
    {
      class: 'content_filter',
      words: ['data_inspection_failed', 'DataInspectionFailed', 'InternalError.Algo.DataInspectionFailed'],
    },
    {
      class: 'model_missing',
      words: [
        'AccessDenied.Unpurchased',
        'Model.AccessDenied',
        'AllocationQuota.FreeTierOnly',
        'model_not_found',
        'ModelNotFound',
        'model_not_supported',
      ],
    },
    // A key of another region or plan looks the same.
    { class: 'unauthorized', words: ['invalid_api_key', 'InvalidApiKey'] },
    {
      class: 'overloaded',
      words: [
        'internal_error',
        'InternalError',
        'RequestTimeOut',
        'ModelServingError',
        'ModelUnavailable',
        'system_error',
      ],
    },
    // Thinking without a stream, forced tools and JSON while thinking, lists of parts for models of text
    // (langchain4j 3974, cloudwego/eino 994, presenton 184).
    {
      class: 'not_supported',
      message:
        /enable_thinking must be|does not support being set to|json mode response is not supported|content must be a string/i,
    },
  ],
  waitAfter: null,
}
