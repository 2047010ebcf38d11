// OpenAI's errors. Facts: the error codes guide, help.openai.com 5955604 (spend errors), users' reports of refused
// parameters (2026).

import type { ErrorTable } from './error-table.ts'

export const openaiErrors: ErrorTable = {
  rows: [
    {
      class: 'out_of_money',
      words: [
        'insufficient_quota',
        'credit_balance_exhausted',
        'organization_spend_limit_exceeded',
        'project_spend_limit_exceeded',
        'organization_usage_limit_exceeded',
        'billing_hard_limit_reached',
        'billing_not_active',
      ],
    },
    { class: 'context_too_long', words: ['context_length_exceeded'] },
    { class: 'context_too_long', message: /maximum context length|exceeds the context window/i },
    // More than the account's tokens a minute at once: waiting does not help, and smaller requests still pass.
    { class: 'not_supported', words: ['rate_limit_exceeded'], message: /request too large for/i },
    { class: 'rate_limited', words: ['rate_limit_exceeded', 'slow_down'] },
    { class: 'overloaded', words: ['server_is_overloaded', 'server_error'] },
    { class: 'model_missing', words: ['model_not_found'] },
    {
      class: 'content_filter',
      words: ['content_policy_violation', 'content_filter', 'invalid_prompt', 'moderation_blocked'],
    },
    {
      class: 'unauthorized',
      words: [
        'invalid_api_key',
        'invalid_organization',
        'account_deactivated',
        'mismatched_project',
        'ip_not_authorized',
        'unsupported_country_region_territory',
      ],
    },
    // Parameters and efforts that differ by model (bolna-ai/bolna 1019, dcdpr/jp 1086).
    { class: 'not_supported', words: ['unsupported_parameter', 'unsupported_value', 'unknown_parameter'] },
    // Tools with reasoning on Chat Completions (BerriAI/litellm 34569), and whatever else it does not know.
    {
      class: 'not_supported',
      message:
        /are not supported for this model in|unrecognized request argument|not supported with this model/i,
    },
  ],
  // "Rate limit reached for … Please try again in 1.2s."
  waitAfter: /try again in\s+/i,
}
