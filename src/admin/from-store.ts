// The store's answer, or the error that an operator may see when the store is away.

import { GatewayError } from '../core/errors.ts'
import { StoreUnavailableError } from '../ledger/store.ts'

export async function fromStore<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    throw new GatewayError('store_unavailable', 'The store cannot be reached; try again soon.', {
      cause: error,
    })
  }
}
