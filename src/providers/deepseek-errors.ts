// DeepSeek's errors. Facts: api-docs.deepseek.com, error codes (read 2026-10), and texts in public issues: its `code` is
// `invalid_request_error` nearly always, so that type and message tell.

import type { ErrorTable } from './error-table.ts'

export const deepseekErrors: ErrorTable = {
  rows: [
    { class: 'out_of_money', message: /insufficient balance/i },
    { class: 'context_too_long', message: /context length|too many tokens/i },
    { class: 'content_filter', message: /content exists risk/i },
    { class: 'model_missing', message: /model not exist/i },
    { class: 'unauthorized', words: ['authentication_error'] },
    { class: 'rate_limited', words: ['rate_limit_error', 'rate_limit_reached', 'rate_limit_reached_error'] },
    {
      class: 'overloaded',
      words: ['service_unavailable_error', 'internal_error', 'insufficient_system_resource'],
    },
    // Roles, kinds of content, formats and choices that it does not know (chatboxai/chatbox 1740, llm-exe 662,
    // tickernelz/opencode-mem 253), and reasoning that it wants back (earendil-works/pi 3636, deepseek-ai/DeepSeek-V3 1053).
    {
      class: 'not_supported',
      message:
        /unknown variant|response_format type is unavailable|does not support this tool_choice|must be passed back|missing .?reasoning_content/i,
    },
    // Its parser answers in plain text at times.
    { class: 'bad_request', message: /failed to deserialize/i },
  ],
  waitAfter: null,
}
