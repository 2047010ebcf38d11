// What of a provider's own words a client may hear.

import type { AttemptFailure } from '../core/failure.ts'

/** What is wrong with the gateway's account is its operator's business, and the words may quote a part of a key. */
export function wordsForClient({ class: failureClass, message }: AttemptFailure): string {
  return failureClass === 'unauthorized' || failureClass === 'out_of_money'
    ? 'it refused this gateway, whose operator finds the reason under the request id'
    : message
}
