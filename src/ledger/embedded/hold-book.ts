// The holds of this process: in memory and in the journal, and in the table when they last or when somebody asks.

import { formatHold } from '../documents.ts'
import { type LedgerStore, StoreUnavailableError } from '../store.ts'
import { admitDispatch, admitHold, releaseHold } from './admission.ts'
import type { Journal } from './journal.ts'
import { createLiveHolds, type LiveHold, type LiveHolds } from './live-holds.ts'
import type { Statements } from './statements.ts'
import type { WriteQueue } from './write-queue.ts'

export interface HoldBook extends Pick<LedgerStore, 'hold' | 'redispatch' | 'renew' | 'release'> {
  /** The request is being settled: its hold is over here. */
  end(requestId: string): EndedHold
  /** So that every handle sees them. Throws StoreUnavailableError. */
  putIntoTable(): void
  /** Puts them into the table and forgets the journal. */
  close(): void
}

export interface EndedHold {
  readonly isHeldHere: boolean
  /** No other is held here. */
  readonly isLast: boolean
  /** Or may be, where it was not held here. */
  readonly isInTable: boolean
}

export interface HoldBookOptions {
  readonly statements: Statements
  readonly queue: WriteQueue
  readonly journal: Journal
}

/** When a file ends, its settlements are in the tables; when the next one does, so are the holds that lasted. */
const ROTATE_AFTER_MS = 5_000
const ROTATE_AFTER_BYTES = 16 * 1024 * 1024

export function createHoldBook({ statements, queue, journal }: HoldBookOptions): HoldBook {
  const live = createLiveHolds()
  const inTable = (write: () => void): void => void queue.push(write, 'soon').catch(() => undefined)
  const putIntoTable = (lastGeneration: number): void => putHolds({ statements, queue, live }, lastGeneration)
  const rotate = (): void => {
    if (journal.bytes === 0) return
    try {
      queue.flush()
      journal.rotate()
      const last = journal.generation - 2
      putIntoTable(last)
      journal.drop(last)
    } catch (error) {
      // The files stay, and the next time finds them.
      if (!(error instanceof StoreUnavailableError)) throw error
    }
  }
  const timer = setInterval(rotate, ROTATE_AFTER_MS)
  timer.unref()

  return {
    async hold(hold, demand) {
      // Other processes have to see at once what it takes: it stands in the table, and nowhere else.
      if (demand !== undefined) return queue.push(() => admitHold(statements, { hold, demand }), 'now')
      live.add(hold, journal.generation)
      try {
        await journal.append('h', formatHold(hold), live.size === 1)
      } catch (error) {
        live.remove(hold.requestId)
        throw error
      }
      if (journal.bytes > ROTATE_AFTER_BYTES) rotate()
      return { kind: 'held', amount: hold.amount, rates: [] }
    },
    async redispatch(requestId, dispatch, demand) {
      const text = JSON.stringify(dispatch)
      const found = live.find(requestId)
      if (demand !== undefined) {
        if (found !== undefined && !found.isInTable) putEntries({ statements, queue }, [found])
        const charged = { requestId, dispatch: text, demand }
        const admission = await queue.push(() => admitDispatch(statements, charged), 'now')
        if (found === undefined || admission.kind !== 'held') return admission
      }
      if (found !== undefined) found.hold = { ...found.hold, dispatch }
      if (found === undefined || found.isInTable) inTable(() => void statements.dispatch.run(text, requestId))
      await journal.append('d', `${requestId}\t${text}`)
      return { kind: 'held', amount: 0, rates: [] }
    },
    async renew(requestIds, leaseUntilMs) {
      const elsewhere: string[] = []
      for (const requestId of requestIds) {
        const found = live.find(requestId)
        if (found !== undefined) found.hold = { ...found.hold, leaseUntilMs }
        if (found === undefined || found.isInTable) elsewhere.push(requestId)
      }
      if (elsewhere.length === 0) return
      await queue.push(() => {
        for (const requestId of elsewhere) statements.renew.run(leaseUntilMs, requestId)
      }, 'soon')
    },
    async release(requestIds) {
      if (requestIds.length === 0) return
      const released = requestIds.filter((requestId) => live.remove(requestId)?.isInTable ?? true)
      await Promise.all([
        journal.append('x', requestIds.join(' ')),
        queue.push(() => {
          for (const requestId of released) releaseHold(statements, requestId, null)
        }, 'soon'),
      ])
    },
    end(requestId) {
      const ended = live.remove(requestId)
      return {
        isHeldHere: ended !== undefined,
        isLast: live.size === 0,
        isInTable: ended?.isInTable ?? true,
      }
    },
    putIntoTable: () => putIntoTable(Number.POSITIVE_INFINITY),
    close() {
      clearInterval(timer)
      queue.flush()
      putIntoTable(Number.POSITIVE_INFINITY)
      journal.drop(journal.generation)
    },
  }
}

interface Table {
  readonly statements: Statements
  readonly queue: WriteQueue
  readonly live: LiveHolds
}

function putHolds({ live, ...table }: Table, lastGeneration: number): void {
  putEntries(table, live.unwritten(lastGeneration))
}

function putEntries({ statements, queue }: Omit<Table, 'live'>, entries: readonly LiveHold[]): void {
  if (entries.length === 0) return
  queue.run(() => {
    for (const { hold } of entries)
      statements.putHold.run(hold.requestId, hold.leaseUntilMs, BigInt(hold.amount), formatHold(hold))
  })
  for (const entry of entries) entry.isInTable = true
}
