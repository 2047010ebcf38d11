// Claude's errors, by type. Facts: platform.claude.com, errors (read 2026-10), and texts in public issues.

import type { ErrorTable } from '../error-table.ts'

export const claudeErrors: ErrorTable = {
  rows: [
    // A spend limit comes as 400 and as 429, too (anthropics/claude-code 2127).
    { class: 'out_of_money', words: ['billing_error', 'enforced_spend_limit_reached'] },
    { class: 'out_of_money', message: /api usage limits|spend[_ ]limit|credit balance is too low/i },
    { class: 'context_too_long', message: /prompt is too long|exceed context limit/i },
    { class: 'context_too_long', words: ['request_too_large'] },
    { class: 'content_filter', message: /blocked by content filtering policy/i },
    { class: 'unauthorized', words: ['authentication_error'] },
    // Of the resource that was asked for, which is the model.
    { class: 'unauthorized', words: ['permission_error'], scope: 'model' },
    { class: 'model_missing', words: ['not_found_error'] },
    { class: 'rate_limited', words: ['rate_limit_error'] },
    { class: 'overloaded', words: ['overloaded_error', 'api_error'] },
    { class: 'timeout', words: ['timeout_error'] },
    // Sampling and prefill that newer models refuse (anomalyco/models.dev 1468), thinking that cannot be switched.
    {
      class: 'not_supported',
      message:
        /is deprecated for this model|extra inputs are not permitted|does not support assistant message prefill|is not supported for this model/i,
    },
  ],
  waitAfter: null,
}
