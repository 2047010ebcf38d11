// Moonshot's errors. Facts: platform.kimi.ai, errors and rate limits (read 2026-10). They carry a type and no code; of its
// three kinds of 429 only one passes at once, and the one about money names no time (MoonshotAI/kimi-code 1857).

import type { ErrorTable } from './error-table.ts'

export const kimiErrors: ErrorTable = {
  rows: [
    { class: 'context_too_long', message: /exceeded model token limit|input token length too long/i },
    { class: 'content_filter', words: ['content_filter'] },
    { class: 'unauthorized', words: ['invalid_authentication_error', 'incorrect_api_key_error'] },
    { class: 'model_missing', words: ['permission_denied_error', 'resource_not_found_error'] },
    { class: 'overloaded', words: ['engine_overloaded_error'] },
    { class: 'out_of_money', words: ['exceeded_current_quota_error'] },
    // Its limits are the account's, over all models.
    { class: 'rate_limited', words: ['rate_limit_reached_error'], scope: 'provider' },
    { class: 'overloaded', words: ['server_error', 'unexpected_output', 'server_unavailable'] },
    // Not ours: an exchange that we close ourselves is answered by nobody.
    { class: 'interrupted', words: ['client_closed_request'] },
    // Fixed sampling, reasoning that it wants back, named tools while thinking, images by URL (MoonshotAI/Kimi-K2 124,
    // anomalyco/opencode 10996), turns without a word (AstrBotDevs/AstrBot 7200).
    {
      class: 'not_supported',
      message:
        /only \S+ is allowed for this model|reasoning_content is missing|incompatible with thinking|unsupported image url|must not be empty/i,
    },
  ],
  // "…reached max request per minute, please try again after 2 seconds"
  waitAfter: /try again after\s+/i,
}
