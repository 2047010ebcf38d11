// A store that may go away: what is settled meanwhile waits on this machine's disk and is booked, in order, when it is back.

import type { Clock } from '../core/clock.ts'
import type { RequestRecord } from '../core/request-record.ts'
import { formatRecord, parseRecord } from './documents.ts'
import { openSpool } from './spool.ts'
import { type Settlement, type Store, StoreUnavailableError } from './store.ts'
import { createStoreWatch } from './store-watch.ts'

export interface SpooledStore extends Store {
  status(): SpoolStatus
}

export interface SpoolStatus {
  readonly isStoreUp: boolean
  /** When it came back; null when it has not been away. */
  readonly upSinceMs: number | null
  /** Settlements on disk that wait for the store. */
  readonly pending: number
}

export interface SpooledStoreOptions {
  readonly store: Store
  readonly directory: string
  readonly maxBytes: number
  /** How often the store is asked whether it is there; four times as often while it is not. */
  readonly pingEveryMs: number
  readonly clock: Clock
  readonly onEvent: (event: SpoolEvent) => void
}

export type SpoolEvent =
  | { readonly kind: 'store_lost'; readonly error: StoreUnavailableError }
  | { readonly kind: 'store_back' }
  | { readonly kind: 'replayed'; readonly settlements: number }
  | { readonly kind: 'set_aside'; readonly file: string; readonly lines: number }
  /** A late end replaced an estimate; `record` as it stands in the ledger now. */
  | { readonly kind: 'corrected'; readonly record: RequestRecord }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Refused requests whose holds are given back later, at most. */
const MAX_REFUSED = 100_000

export async function createSpooledStore(options: SpooledStoreOptions): Promise<SpooledStore> {
  const { store, onEvent } = options
  const onError = (error: unknown): void => onEvent({ kind: 'failed', error })
  const spool = await openSpool({
    ...options,
    onSetAside: (file, lines) => onEvent({ kind: 'set_aside', file, lines }),
  })
  /** The store did not answer to their holds, and may have them all the same. */
  const refused = new Set<string>()

  const book = async (record: RequestRecord): Promise<Settlement> => {
    const settlement = await store.settle(record)
    if (settlement === 'corrected') {
      const corrected = await store.request(record.requestId).catch(() => null)
      onEvent({ kind: 'corrected', record: corrected ?? record })
    }
    return settlement
  }
  const bookPortion = async (documents: readonly string[]): Promise<readonly string[]> => {
    const results = await Promise.allSettled(documents.map(async (document) => book(parseRecord(document))))
    const errors = results.map((result) => (result.status === 'rejected' ? [result.reason] : []))
    const lost = errors.flat().find((error) => error instanceof StoreUnavailableError)
    if (lost !== undefined) throw lost
    watch.succeeded()
    for (const error of errors.flat()) onError(error)
    return documents.filter((_, index) => errors[index]?.length === 1)
  }
  const watch = createStoreWatch({
    ...options,
    async catchUp() {
      const requestIds = [...refused]
      if (requestIds.length > 0) await store.release(requestIds)
      for (const requestId of requestIds) refused.delete(requestId)
      if (spool.pending === 0) watch.succeeded()
      const settlements = await spool.replay(bookPortion)
      if (settlements > 0) onEvent({ kind: 'replayed', settlements })
    },
    onLost: (error) => onEvent({ kind: 'store_lost', error }),
    onBack: () => onEvent({ kind: 'store_back' }),
    onError,
  })
  /** While it is away, nobody waits to learn it anew. */
  const whenUp = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (!watch.isUp) throw away()
    try {
      return await call()
    } catch (error) {
      if (error instanceof StoreUnavailableError) watch.failed(error)
      throw error
    }
  }
  await watch.check()

  return {
    ...store,
    hold: (hold, demand) => whenUp(() => store.hold(hold, demand)),
    redispatch: (requestId, dispatch, rates) => whenUp(() => store.redispatch(requestId, dispatch, rates)),
    policies: () => whenUp(() => store.policies()),
    accounts: (ids) => whenUp(() => store.accounts(ids)),
    keep: (entry, bounds) => whenUp(() => store.keep(entry, bounds)),
    kept: (names, nowMs) => whenUp(() => store.kept(names, nowMs)),
    async release(requestIds) {
      try {
        await whenUp(() => store.release(requestIds))
      } catch {
        for (const requestId of requestIds) if (refused.size < MAX_REFUSED) refused.add(requestId)
      }
    },
    async settle(record) {
      try {
        return await whenUp(() => book(record))
      } catch (error) {
        // Whatever the reason, the money must not be forgotten: a replay will tell what can never be booked.
        if (!(error instanceof StoreUnavailableError)) onError(error)
      }
      await spool.append(formatRecord(record))
      return 'spooled'
    },
    async ping() {
      await watch.check()
      if (!watch.isUp) throw away()
    },
    status: () => ({ isStoreUp: watch.isUp, upSinceMs: watch.upSinceMs, pending: spool.pending }),
    async close() {
      await watch.close()
      // What it does not take any more goes to the disk.
      await store.close()
      await spool.close()
    },
  }
}

function away(): StoreUnavailableError {
  return new StoreUnavailableError('the store is away')
}
