// A store that may go away: what is held and settled meanwhile waits on this machine's disk and is booked, in order, when it
// is back.

import type { Clock } from '../core/clock.ts'
import type { RequestRecord } from '../core/request-record.ts'
import { createLateReleases } from './late-releases.ts'
import { createRecentSettlements } from './recent-settlements.ts'
import { openSpool } from './spool.ts'
import { formatSpoolDocument, parseSpoolDocument, type SpoolDocument } from './spool-documents.ts'
import { type Hold, type Settlement, type Store, StoreSchemaError, StoreUnavailableError } from './store.ts'
import { createStoreWatch } from './store-watch.ts'

export interface SpooledStore extends Store {
  /**
   * While the store is away: the hold is written to the disk, so that whatever is sent then will be booked. Rejects with
   * StoreUnavailableError where the disk does not take it either.
   */
  keepHold(hold: Hold): Promise<void>
  status(): SpoolStatus
}

export interface SpoolStatus {
  readonly isStoreUp: boolean
  /** When it came back; null when it has not been away. */
  readonly upSinceMs: number | null
  /** Settlements, and holds of while it was away, on disk that wait for the store. */
  readonly pending: number
}

export interface SpooledStoreOptions {
  readonly store: Store
  readonly directory: string
  readonly maxBytes: number
  /** How often the store is asked whether it is there; four times as often while it is not. */
  readonly pingEveryMs: number
  readonly clock: Clock
  /** When the lease of a hold that is taken now ends. */
  readonly leaseUntilMs: () => number
  readonly onEvent: (event: SpoolEvent) => void
}

export type SpoolEvent =
  | { readonly kind: 'store_lost'; readonly error: StoreUnavailableError }
  | { readonly kind: 'store_back' }
  | { readonly kind: 'replayed'; readonly documents: number }
  /** The store had lost these settlements, though it had acknowledged them; now it has them again. */
  | { readonly kind: 'restored'; readonly settlements: number }
  /** Neither the store nor the disk takes a settlement: it waits in memory, and is tried again. */
  | { readonly kind: 'stuck'; readonly error: StoreUnavailableError }
  | { readonly kind: 'set_aside'; readonly file: string; readonly lines: number }
  /** A late end replaced an estimate; `record` as it stands in the ledger now. */
  | { readonly kind: 'corrected'; readonly record: RequestRecord }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Rejects with StoreSchemaError where the store is of a newer gateway; it is closed then. */
export async function createSpooledStore(options: SpooledStoreOptions): Promise<SpooledStore> {
  const { store, onEvent } = options
  await store.ping().catch(async (error: unknown) => {
    if (!(error instanceof StoreSchemaError)) return
    await store.close()
    throw error
  })
  const onError = (error: unknown): void => onEvent({ kind: 'failed', error })
  const spool = await openSpool({
    ...options,
    onSetAside: (file, lines) => onEvent({ kind: 'set_aside', file, lines }),
  })
  const refused = createLateReleases(store, options.clock)

  const settleOnce = async (record: RequestRecord): Promise<Settlement> => {
    const settlement = await store.settle(record)
    if (settlement === 'corrected') {
      const kept = await store.request(record.requestId).catch(() => null)
      onEvent({ kind: 'corrected', record: kept ?? record })
    }
    return settlement
  }
  const recent = createRecentSettlements({
    store,
    settle: settleOnce,
    onRestored: (settlements) => onEvent({ kind: 'restored', settlements }),
    nowMs: () => performance.now(),
  })
  const settleNow = async (record: RequestRecord): Promise<Settlement> => {
    const settlement = await settleOnce(record)
    recent.booked(record)
    return settlement
  }
  /** After a try of which nobody heard: what it corrected is told now. */
  const settleAgain = async (record: RequestRecord): Promise<Settlement> => {
    const settlement = await settleNow(record)
    const kept = settlement === 'repeated' ? await store.request(record.requestId) : null
    if (kept?.estimateReplaced !== undefined) onEvent({ kind: 'corrected', record: kept })
    return settlement
  }
  /** Ends of the replay under way: where the store is lost in the middle, a portion is booked again, whole. */
  const replayed = new Set<string>()
  const bookEnd = async (record: RequestRecord): Promise<void> => {
    if (replayed.has(record.requestId)) return void (await settleNow(record))
    replayed.add(record.requestId)
    try {
      await settleAgain(record)
    } catch (error) {
      replayed.delete(record.requestId)
      throw error
    }
  }
  const book = async (document: SpoolDocument): Promise<void> => {
    if (document.kind === 'end') await bookEnd(document.record)
    // Its request may be under way still: then its lease is renewed from now on.
    else if (document.kind === 'hold')
      await store.hold({ ...document.hold, leaseUntilMs: options.leaseUntilMs() })
    else await store.redispatch(document.requestId, document.dispatch)
  }
  const bookPortion = async (documents: readonly string[]): Promise<readonly string[]> => {
    const results = await Promise.allSettled(documents.map(async (text) => book(parseSpoolDocument(text))))
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
      await refused.release()
      if (spool.pending === 0) watch.succeeded()
      const documents = await spool.replay(bookPortion)
      replayed.clear()
      if (documents > 0) onEvent({ kind: 'replayed', documents })
      await recent.remind()
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
  let isClosed = false
  /** Settlements that neither the store nor the disk takes. Their requests live on, so that their holds do. */
  const stuck = new Set<() => void>()
  const wait = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        stuck.delete(wake)
        resolve()
      }
      stuck.add(wake)
      timer = setTimeout(wake, options.pingEveryMs)
    })
    clearTimeout(timer)
  }
  await watch.check()

  return {
    ...store,
    hold: (hold, demand) => whenUp(() => store.hold(hold, demand)),
    async redispatch(requestId, dispatch, rates) {
      try {
        return await whenUp(() => store.redispatch(requestId, dispatch, rates))
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error
      }
      await spool.append(formatSpoolDocument({ kind: 'dispatch', requestId, dispatch }))
      return { kind: 'held', amount: 0, rates: [] }
    },
    keepHold: (hold) => spool.append(formatSpoolDocument({ kind: 'hold', hold })),
    policies: () => whenUp(() => store.policies()),
    accounts: (ids) => whenUp(() => store.accounts(ids)),
    keep: (entry, bounds) => whenUp(() => store.keep(entry, bounds)),
    kept: (names, nowMs) => whenUp(() => store.kept(names, nowMs)),
    samples: {
      ...store.samples,
      keep: (entry, bounds) => whenUp(() => store.samples.keep(entry, bounds)),
    },
    async release(requestIds) {
      try {
        await whenUp(() => store.release(requestIds))
      } catch {
        refused.add(requestIds)
      }
    },
    async settle(record) {
      for (let tries = 0; ; tries++) {
        try {
          return await whenUp(() => (tries === 0 ? settleNow(record) : settleAgain(record)))
        } catch (error) {
          // Whatever the reason, the money must not be forgotten: a replay will tell what can never be booked.
          if (!(error instanceof StoreUnavailableError)) onError(error)
        }
        try {
          await spool.append(formatSpoolDocument({ kind: 'end', record }))
          return 'spooled'
        } catch (error) {
          if (isClosed || !(error instanceof StoreUnavailableError)) throw error
          if (stuck.size === 0) onEvent({ kind: 'stuck', error })
        }
        await wait()
      }
    },
    async ping() {
      await watch.check()
      if (!watch.isUp) throw away()
    },
    status: () => ({ isStoreUp: watch.isUp, upSinceMs: watch.upSinceMs, pending: spool.pending }),
    async close() {
      await watch.close()
      isClosed = true
      for (const wake of stuck) wake()
      // What it does not take any more goes to the disk.
      await store.close()
      await spool.close()
    },
  }
}

function away(): StoreUnavailableError {
  return new StoreUnavailableError('the store is away')
}
