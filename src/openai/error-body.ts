// GatewayError → OpenAI's error JSON.

import type { GatewayError } from '../core/errors.ts'
import { ERROR_ROWS } from '../core/errors.ts'

/** The JSON text of `{ "error": { message, type, param, code } }`. */
export function errorBody(error: GatewayError): string {
  return JSON.stringify({
    error: {
      message: error.message,
      type: ERROR_ROWS[error.kind].type,
      param: error.param,
      code: error.code,
    },
  })
}

/** Headers that belong to the error, besides content type and request id. */
export function errorHeaders(error: GatewayError): Readonly<Record<string, string>> {
  // OpenAI's own clients repeat 429 and 5xx unless told otherwise: a budget without room does not refill in a second.
  return error.kind === 'insufficient_quota' ? { ...error.headers, 'x-should-retry': 'false' } : error.headers
}
