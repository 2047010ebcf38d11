// What each vendor answers besides the common conditions of refusal.ts, by the name a test asks for it: status, words and
// texts as its error page or users' reports have them, November 2026.

import type { ProviderId } from '../core/route.ts'
import { buildErrorBody, type ErrorAnswer } from './refusal.ts'

interface VendorError {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly message: string
  /** Alibaba's own API, whose errors come without an envelope. */
  readonly isBare?: boolean
}

export function buildVendorError(provider: ProviderId, name: string): ErrorAnswer {
  const error = VENDOR_ERRORS[provider][name]
  if (error === undefined) throw new RangeError(`${provider} has no error ${name}`)
  const { status, type, code, message, isBare = false } = error
  const body = isBare
    ? { code, message, request_id: 'sim' }
    : buildErrorBody(provider, { message, type, code, param: null })
  return { status, headers: {}, body }
}

const INVALID = 'invalid_request_error'

/** The word stands as type and as code. */
function twice(status: number, word: string, message: string): VendorError {
  return { status, type: word, code: word, message }
}

function typed(status: number, type: string, message: string): VendorError {
  return { status, type, code: null, message }
}

function coded(status: number, code: string, message: string): VendorError {
  return { status, type: INVALID, code, message }
}

/** By vendor and name; the name is the vendor's own word where that is one of a kind. */
export const VENDOR_ERRORS: Readonly<Record<ProviderId, Readonly<Record<string, VendorError>>>> = {
  deepseek: {
    wrong_parameter: coded(
      422,
      INVALID,
      'Invalid max_tokens value, the valid range of max_tokens is [1, 393216]',
    ),
    unknown_role: coded(
      400,
      INVALID,
      'Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`',
    ),
    no_json_schema: coded(400, INVALID, 'This response_format type is unavailable now'),
    forced_tool: coded(400, INVALID, 'Thinking mode does not support this tool_choice'),
    reasoning_missing: coded(
      400,
      INVALID,
      'The `reasoning_content` in the thinking mode must be passed back to the API.',
    ),
  },
  alibaba: {
    DataInspectionFailed: twice(
      400,
      'DataInspectionFailed',
      'Output data may contain inappropriate content.',
    ),
    'InternalError.Algo.DataInspectionFailed': {
      ...twice(
        400,
        'InternalError.Algo.DataInspectionFailed',
        'Input data may contain inappropriate content.',
      ),
      isBare: true,
    },
    overdue: twice(403, 'AccessDenied', 'The request is denied because of an overdue account.'),
    'AccessDenied.Unpurchased': twice(403, 'AccessDenied.Unpurchased', 'Access to model denied.'),
    'Model.AccessDenied': twice(403, 'Model.AccessDenied', 'Model access denied.'),
    'AllocationQuota.FreeTierOnly': twice(
      403,
      'AllocationQuota.FreeTierOnly',
      'The free tier of the model has been exhausted.',
    ),
    model_not_supported: coded(
      404,
      'model_not_supported',
      'Unsupported model for OpenAI compatibility mode.',
    ),
    limit_burst_rate: twice(429, 'limit_burst_rate', 'Request rate increased too quickly.'),
    insufficient_quota: twice(
      429,
      'insufficient_quota',
      'You exceeded your current quota, please check your plan and billing details.',
    ),
    'Throttling.AllocationQuota': {
      ...twice(429, 'Throttling.AllocationQuota', 'Allocated quota exceeded.'),
      isBare: true,
    },
    free_quota: twice(429, 'Throttling', 'Free allocated quota exceeded.'),
    CommodityNotPurchased: twice(429, 'CommodityNotPurchased', 'Commodity has not purchased yet.'),
    PrepaidBillOverdue: twice(429, 'PrepaidBillOverdue', 'The prepaid bill is overdue.'),
    PostpaidBillOverdue: twice(429, 'PostpaidBillOverdue', 'The postpaid bill is overdue.'),
    RequestTimeOut: twice(500, 'RequestTimeOut', 'Request timed out, please try again later.'),
    ModelUnavailable: twice(503, 'ModelUnavailable', 'Model is unavailable, please try again later.'),
    thinking_without_stream: coded(
      400,
      'invalid_parameter_error',
      'parameter.enable_thinking must be set to false for non-streaming calls',
    ),
  },
  moonshot: {
    input_too_long: typed(400, INVALID, 'Input token length too long'),
    incorrect_api_key_error: typed(401, 'incorrect_api_key_error', 'Incorrect API key provided'),
    permission_denied_error: typed(
      403,
      'permission_denied_error',
      'The model is not available to your account',
    ),
    client_closed_request: typed(499, 'client_closed_request', 'Client closed request'),
    unexpected_output: typed(500, 'unexpected_output', 'The engine gave an unexpected output'),
    server_unavailable: typed(503, 'server_unavailable', 'Service unavailable'),
    fixed_temperature: typed(400, INVALID, 'invalid temperature: only 1 is allowed for this model'),
    reasoning_missing: typed(
      400,
      INVALID,
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 2',
    ),
  },
  openai: {
    credit_balance_exhausted: twice(429, 'credit_balance_exhausted', 'Credit balance exhausted'),
    organization_spend_limit_exceeded: twice(
      429,
      'organization_spend_limit_exceeded',
      'The spend limit of the organization is reached',
    ),
    project_spend_limit_exceeded: twice(
      429,
      'project_spend_limit_exceeded',
      'The spend limit of the project is reached',
    ),
    organization_usage_limit_exceeded: twice(
      429,
      'organization_usage_limit_exceeded',
      'The usage limit of the organization is reached',
    ),
    slow_down: { status: 429, type: 'requests', code: 'slow_down', message: 'Slow down' },
    request_too_large: {
      status: 429,
      type: 'tokens',
      code: 'rate_limit_exceeded',
      message: 'Request too large for gpt-6-luna on tokens per min (TPM): Limit 30000, Requested 31289.',
    },
    invalid_prompt: coded(
      400,
      'invalid_prompt',
      'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
    ),
    unsupported_parameter: coded(
      400,
      'unsupported_parameter',
      "Unsupported parameter: 'stop' is not supported with this model.",
    ),
    unsupported_country: {
      status: 403,
      type: 'request_forbidden',
      code: 'unsupported_country_region_territory',
      message: 'Country, region, or territory not supported',
    },
  },
  anthropic: {
    spend_limit: typed(
      400,
      INVALID,
      'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
    ),
    credit_too_low: typed(400, INVALID, 'Your credit balance is too low to access the Anthropic API.'),
    permission_error: typed(
      403,
      'permission_error',
      'Your API key does not have permission to use the specified resource.',
    ),
    request_too_large: typed(
      413,
      'request_too_large',
      'Request exceeds the maximum allowed number of bytes.',
    ),
    enforced_spend_limit_reached: typed(429, 'rate_limit_error', 'enforced_spend_limit_reached'),
    timeout_error: typed(504, 'timeout_error', 'Request timed out'),
    deprecated_parameter: typed(400, INVALID, '`temperature` is deprecated for this model'),
  },
}
