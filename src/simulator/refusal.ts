// Error answers, each vendor's in its own shape and with its own status: what a client of the real one has to live with.
// Statuses and codes as the vendors' error pages list them, November 2026.

import type { ProviderId } from '../core/route.ts'

/** What a provider may find wrong. */
export type Condition =
  | 'bad_request'
  | 'bad_key'
  | 'model_missing'
  | 'context_too_long'
  | 'content_filter'
  | 'out_of_money'
  | 'rate_limited'
  | 'overloaded'
  | 'server_error'

interface Row {
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RefusalDetails {
  readonly message?: string
  readonly code?: string
  readonly param?: string
}

/** A request that the provider answers with an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly condition: Condition
  readonly details: RefusalDetails

  constructor(condition: Condition, details: RefusalDetails = {}) {
    super(details.message ?? condition)
    this.condition = condition
    this.details = details
  }
}

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

export function buildErrorAnswer(
  provider: ProviderId,
  condition: Condition,
  details: RefusalDetails = {},
): ErrorAnswer {
  const row = ROWS[provider][condition]
  return {
    status: row.status,
    headers: row.headers ?? {},
    body: buildErrorBody(provider, {
      message: details.message ?? row.message,
      type: row.type,
      code: details.code ?? row.code,
      param: details.param ?? null,
    }),
  }
}

interface ErrorFacts {
  readonly message: string
  readonly type: string
  readonly code: string | null
  readonly param: string | null
}

export function buildErrorBody(
  provider: ProviderId,
  { message, type, code, param }: ErrorFacts,
): Readonly<Record<string, unknown>> {
  if (provider === 'anthropic') return { type: 'error', error: { type, message }, request_id: 'req_sim' }
  if (provider === 'moonshot') return { error: { message, type } }
  const error = { message, type, param, code }
  return provider === 'alibaba' ? { error, request_id: 'sim' } : { error }
}

const INVALID = 'invalid_request_error'
const WAIT = { 'retry-after': '2' }
const NO_ROOM_AT_OPENAI = {
  ...WAIT,
  'x-ratelimit-limit-requests': '500',
  'x-ratelimit-remaining-requests': '0',
  'x-ratelimit-reset-requests': '2s',
}
const NO_ROOM_AT_ANTHROPIC = {
  ...WAIT,
  'anthropic-ratelimit-requests-limit': '50',
  'anthropic-ratelimit-requests-remaining': '0',
}

function rowOf(
  status: number,
  [type, code]: readonly [type: string, code: string | null],
  message: string,
): Row {
  return { status, type, code, message }
}

const ROWS: Record<ProviderId, Record<Condition, Row>> = {
  deepseek: {
    bad_request: rowOf(400, [INVALID, INVALID], 'Invalid request'),
    bad_key: rowOf(
      401,
      ['authentication_error', INVALID],
      'Authentication Fails, Your api key: ****sim is invalid',
    ),
    // An unknown model is a plain 400 at DeepSeek.
    model_missing: rowOf(400, [INVALID, INVALID], 'Model Not Exist'),
    context_too_long: rowOf(400, [INVALID, INVALID], "This model's maximum context length is exceeded."),
    content_filter: rowOf(400, [INVALID, INVALID], 'Content Exists Risk'),
    out_of_money: rowOf(402, ['unknown_error', INVALID], 'Insufficient Balance'),
    rate_limited: rowOf(429, ['rate_limit_error', 'rate_limit_reached'], 'Rate limit reached'),
    overloaded: rowOf(
      503,
      ['service_unavailable_error', 'service_unavailable_error'],
      'Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.',
    ),
    server_error: rowOf(500, ['internal_error', 'internal_error'], 'Internal server error'),
  },
  alibaba: {
    bad_request: rowOf(400, [INVALID, 'invalid_parameter_error'], 'Invalid parameter'),
    bad_key: rowOf(401, [INVALID, 'invalid_api_key'], 'Incorrect API key provided.'),
    model_missing: rowOf(
      404,
      [INVALID, 'model_not_found'],
      'The model does not exist or you do not have access to it.',
    ),
    context_too_long: rowOf(
      400,
      [INVALID, 'invalid_parameter_error'],
      'Range of input length should be [1, 0]',
    ),
    content_filter: rowOf(
      400,
      ['data_inspection_failed', 'data_inspection_failed'],
      'Input text data may contain inappropriate content.',
    ),
    out_of_money: rowOf(
      400,
      ['Arrearage', 'Arrearage'],
      'Access denied, please make sure your account is in good standing.',
    ),
    rate_limited: rowOf(
      429,
      ['limit_requests', 'limit_requests'],
      'You exceeded your current requests list.',
    ),
    overloaded: rowOf(
      503,
      ['ModelServingError', 'ModelServingError'],
      'Too many requests. Your requests are being throttled due to system capacity limits.',
    ),
    server_error: rowOf(500, ['internal_error', 'internal_error'], 'An internal error has occurred.'),
  },
  moonshot: {
    bad_request: rowOf(400, [INVALID, null], 'Invalid request'),
    bad_key: rowOf(401, ['invalid_authentication_error', null], 'Invalid Authentication'),
    model_missing: rowOf(404, ['resource_not_found_error', null], 'Not found the model or Permission denied'),
    context_too_long: rowOf(
      400,
      [INVALID, null],
      'Invalid request: Your request exceeded model token limit: 0',
    ),
    content_filter: rowOf(400, ['content_filter', null], 'The request was rejected because it was high risk'),
    // No Retry-After, on purpose: Moonshot sends none here.
    out_of_money: rowOf(
      429,
      ['exceeded_current_quota_error', null],
      'Your account is suspended, please check your plan and billing details',
    ),
    rate_limited: rowOf(
      429,
      ['rate_limit_reached_error', null],
      'Your account reached max request per minute, please try again after 2 seconds',
    ),
    overloaded: rowOf(
      429,
      ['engine_overloaded_error', null],
      'The engine is currently overloaded, please try again later',
    ),
    server_error: rowOf(500, ['server_error', null], 'Internal server error'),
  },
  openai: {
    bad_request: rowOf(400, [INVALID, null], 'Invalid request'),
    bad_key: rowOf(401, [INVALID, 'invalid_api_key'], 'Incorrect API key provided.'),
    model_missing: rowOf(
      404,
      [INVALID, 'model_not_found'],
      'The model does not exist or you do not have access to it.',
    ),
    context_too_long: rowOf(
      400,
      [INVALID, 'context_length_exceeded'],
      "Your input exceeds the context window of this model's maximum.",
    ),
    content_filter: rowOf(
      400,
      [INVALID, 'content_policy_violation'],
      'Your request was rejected as a result of our safety system.',
    ),
    out_of_money: rowOf(
      429,
      ['insufficient_quota', 'insufficient_quota'],
      'You exceeded your current quota, please check your plan and billing details.',
    ),
    rate_limited: {
      ...rowOf(429, ['requests', 'rate_limit_exceeded'], 'Rate limit reached for requests'),
      headers: NO_ROOM_AT_OPENAI,
    },
    overloaded: rowOf(
      503,
      ['server_error', 'server_is_overloaded'],
      'The server is currently overloaded. Please try again later.',
    ),
    server_error: rowOf(
      500,
      ['server_error', null],
      'The server had an error while processing your request.',
    ),
  },
  anthropic: {
    bad_request: rowOf(400, [INVALID, null], 'Invalid request'),
    bad_key: rowOf(401, ['authentication_error', null], 'invalid x-api-key'),
    model_missing: rowOf(404, ['not_found_error', null], 'model not found'),
    context_too_long: rowOf(400, [INVALID, null], 'prompt is too long'),
    content_filter: rowOf(400, [INVALID, null], 'Output blocked by content filtering policy'),
    out_of_money: rowOf(402, ['billing_error', null], 'Your credit balance is too low.'),
    rate_limited: {
      ...rowOf(
        429,
        ['rate_limit_error', null],
        'This request would exceed your organization’s rate limit of 50 requests per minute.',
      ),
      headers: NO_ROOM_AT_ANTHROPIC,
    },
    overloaded: rowOf(529, ['overloaded_error', null], 'Overloaded'),
    server_error: rowOf(500, ['api_error', null], 'Internal server error'),
  },
}
