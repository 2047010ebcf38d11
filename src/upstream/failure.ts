// Transport faults in our own words. The only file that knows undici's and Node's error codes.

import type { AttemptFailure, FailureClass } from '../core/failure.ts'

/** Which deadline ran out. */
export type Deadline = 'connect' | 'first_byte' | 'between_chunks' | 'total'

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly deadline: Deadline
  readonly afterMs: number

  constructor(deadline: Deadline, afterMs: number) {
    super(
      deadline === 'connect'
        ? `no connection within ${afterMs} ms`
        : `no answer within ${afterMs} ms (${deadline.replaceAll('_', ' ')})`,
    )
    this.deadline = deadline
    this.afterMs = afterMs
  }
}

const CONNECT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
])

/** `hasStarted`: whether any byte of the answer was seen. */
export function readTransportFailure(error: Error, hasStarted: boolean): AttemptFailure {
  return {
    class: classOf(error, hasStarted),
    message:
      error instanceof DeadlineError ? error.message : `connection failed: ${codeOf(error) ?? error.name}`,
    status: null,
    code: error instanceof DeadlineError ? error.deadline : codeOf(error),
    retryAfterMs: null,
  }
}

function classOf(error: Error, hasStarted: boolean): FailureClass {
  if (error instanceof DeadlineError) return error.deadline === 'connect' ? 'connect' : 'timeout'
  const code = codeOf(error)
  // TLS failures happen before a byte is sent, too; their codes are many (CERT_*, ERR_TLS_*, ERR_SSL_*).
  if (
    code !== null &&
    (CONNECT_CODES.has(code) || /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
  )
    return 'connect'
  if (error.name === 'HTTPParserError') return 'malformed'
  return hasStarted ? 'interrupted' : 'connect'
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null
}
