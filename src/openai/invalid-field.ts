// A complaint about one field of a request: what is wrong with it and what would be right.

import { GatewayError } from '../core/errors.ts'

export function invalidField(param: string, problem: string): GatewayError {
  const shown = printable(param)
  return new GatewayError('invalid_request', `"${shown}" ${problem}.`, { param: shown })
}

/** Client-given text that may stand in an error: cut short, control characters escaped. */
function printable(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text).slice(1, -1)
}
