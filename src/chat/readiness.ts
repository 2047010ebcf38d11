// Whether a gateway can serve. Without a store it can as long as its policy lets it: what is settled goes to the spool.

import type { Config } from '../config/config.ts'
import type { SpooledStore } from '../ledger/spooled-store.ts'

export interface Readiness {
  readonly isReady: boolean
  /** Why not; null when it is. */
  readonly reason: string | null
}

export function readReadiness(
  { providers, store: { whenAway } }: Config,
  store: Pick<SpooledStore, 'status'>,
): Readiness {
  if (![...providers.values()].some(({ isOn }) => isOn))
    return { isReady: false, reason: 'no provider is on: set the API key of at least one' }
  if (!store.status().isStoreUp && whenAway === 'refuse')
    return { isReady: false, reason: 'the store cannot be reached, and store.when_away is refuse' }
  return { isReady: true, reason: null }
}
