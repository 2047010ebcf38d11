// What can go wrong for a client, as a closed list: one row per kind with status, code and type of the answer.
// docs/errors.md documents the same rows.

export type ErrorKind =
  | 'invalid_request'
  | 'no_eligible_route'
  | 'max_cost_exceeded'
  | 'invalid_api_key'
  | 'model_not_allowed'
  | 'model_not_found'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'request_too_large'
  | 'unsupported_media_type'
  | 'rate_limit_exceeded'
  | 'insufficient_quota'
  | 'headers_too_large'
  | 'client_closed_request'
  | 'upstream_rejected'
  | 'internal_error'
  | 'upstream_error'
  | 'stream_interrupted'
  | 'store_unavailable'
  | 'upstream_timeout'

export interface ErrorRow {
  readonly status: number
  readonly code: string
  readonly type: string
}

const INVALID = 'invalid_request_error'

export const ERROR_ROWS = {
  invalid_request: { status: 400, code: INVALID, type: INVALID },
  no_eligible_route: { status: 400, code: 'no_eligible_route', type: INVALID },
  max_cost_exceeded: { status: 400, code: 'max_cost_exceeded', type: INVALID },
  invalid_api_key: { status: 401, code: 'invalid_api_key', type: INVALID },
  model_not_allowed: { status: 403, code: 'model_not_allowed', type: INVALID },
  model_not_found: { status: 404, code: 'model_not_found', type: INVALID },
  not_found: { status: 404, code: 'not_found', type: INVALID },
  method_not_allowed: { status: 405, code: 'method_not_allowed', type: INVALID },
  request_timeout: { status: 408, code: 'request_timeout', type: INVALID },
  request_too_large: { status: 413, code: 'request_too_large', type: INVALID },
  unsupported_media_type: { status: 415, code: 'unsupported_media_type', type: INVALID },
  rate_limit_exceeded: { status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' },
  insufficient_quota: { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' },
  headers_too_large: { status: 431, code: 'headers_too_large', type: INVALID },
  client_closed_request: { status: 499, code: 'client_closed_request', type: INVALID },
  upstream_rejected: { status: 400, code: 'upstream_rejected', type: INVALID },
  internal_error: { status: 500, code: 'internal_error', type: 'server_error' },
  upstream_error: { status: 502, code: 'upstream_error', type: 'server_error' },
  stream_interrupted: { status: 502, code: 'stream_interrupted', type: 'server_error' },
  store_unavailable: { status: 503, code: 'store_unavailable', type: 'server_error' },
  upstream_timeout: { status: 504, code: 'upstream_timeout', type: 'server_error' },
} as const satisfies Record<ErrorKind, ErrorRow>

export interface GatewayErrorDetails {
  /** The field of the request that is wrong, as a path: `messages[0].role`. */
  readonly param?: string
  /** Replaces the row's status; only `upstream_rejected` passes the provider's own. */
  readonly status?: number
  /** Replaces the row's code; only `upstream_rejected` passes the provider's own. */
  readonly code?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** An error a client may see: its message says what was wrong and what would be right, and never quotes a prompt or a key. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly kind: ErrorKind
  readonly param: string | null
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(kind: ErrorKind, message: string, details: GatewayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.param = details.param ?? null
    this.status = details.status ?? ERROR_ROWS[kind].status
    this.code = details.code ?? ERROR_ROWS[kind].code
    this.headers = details.headers ?? {}
  }
}
