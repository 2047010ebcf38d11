// What a client is told when no attempt answered it.

import { GatewayError } from '../core/errors.ts'
import { type AttemptFailure, FAILURE_POLICY } from '../core/failure.ts'
import type { RequestOutcome } from '../core/request-record.ts'
import { CONCURRENCY_RETRY_MS } from '../ledger/admission.ts'
import { wordsForClient } from './failure-words.ts'
import { noPlace } from './no-room.ts'

export interface Explanation {
  readonly outcome: RequestOutcome
  readonly error: GatewayError
}

/** `failures` of the attempts, in order; none when every circuit was open, or a limit of every route used up (`isFull`). */
export function explainFailure(failures: readonly AttemptFailure[], isFull = false): Explanation {
  const failure = tellingFailure(failures)
  if (failure === undefined && isFull)
    return { outcome: 'upstream_error', error: noPlace(CONCURRENCY_RETRY_MS) }
  if (failure === undefined) {
    const message = 'Every route that could serve this request is recovering from failures; try again soon.'
    return { outcome: 'upstream_error', error: new GatewayError('upstream_error', message) }
  }
  // What the provider found wrong with the request itself is the client's to mend, in the provider's words and status;
  // inside a stream it has no status of its own.
  if (FAILURE_POLICY[failure.class].blame === 'request') {
    const { status, code, message } = failure
    const details = {
      status: status !== null && status >= 400 && status < 500 ? status : 400,
      ...(code === null ? {} : { code }),
    }
    return { outcome: 'upstream_rejected', error: new GatewayError('upstream_rejected', message, details) }
  }
  if (failure.class === 'timeout') {
    const message = `No provider answered in time; the last one: ${failure.message}.`
    return { outcome: 'upstream_timeout', error: new GatewayError('upstream_timeout', message) }
  }
  const message = `Every attempt failed; of the last provider: ${wordsForClient(failure)}`
  return { outcome: 'upstream_error', error: new GatewayError('upstream_error', message) }
}

/** The last one; but what one model cannot do says less than that another was away, which passes. */
function tellingFailure(failures: readonly AttemptFailure[]): AttemptFailure | undefined {
  const last = failures.at(-1)
  if (last?.class !== 'not_supported') return last
  return failures.findLast((failure) => FAILURE_POLICY[failure.class].blame === 'provider') ?? last
}
