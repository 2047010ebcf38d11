// Group commit: writes that come close together share one transaction, in the order they came.

import type { DatabaseSync } from 'node:sqlite'
import { StoreUnavailableError } from '../store.ts'
import { asStoreError, callStore } from './store-error.ts'

export interface WriteQueue {
  /** Runs `write` inside the next transaction; resolves with what it returned once that is committed. */
  push<Result>(write: () => Result, urgency: 'now' | 'soon'): Promise<Result>
  /** Runs `write` in a transaction of its own, now, behind all that waits. Throws what kept it from being committed. */
  run(write: () => void): void
  /** What was told before is in the tables that `query` reads. Throws StoreUnavailableError where they cannot be. */
  read<Result>(query: () => Result): Result
  /** Commits all that waits. */
  flush(): void
  /** Commits all that waits, and takes nothing more. */
  close(): void
}

/** What nobody waits for may wait this long for company: a row costs a third of what it does alone. */
const SOON_MS = 250
/** A transaction of more would keep the event loop for longer than some 5 ms. */
const MAX_BATCH = 100

interface Pending {
  /** Writes, and gives what is to be told when the transaction is committed. */
  readonly run: () => () => void
  readonly reject: (error: unknown) => void
}

/** What belongs to every transaction. */
export interface TransactionEnds {
  readonly beforeCommit: () => void
  readonly afterRollback: () => void
}

export function createWriteQueue(database: DatabaseSync, ends: TransactionEnds): WriteQueue {
  let pending: Pending[] = []
  let immediate: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const commitSome = (): void => {
    clearImmediate(immediate)
    clearTimeout(timer)
    immediate = undefined
    timer = undefined
    const error = commit(database, ends, pending.splice(0, MAX_BATCH))
    if (error instanceof StoreUnavailableError) {
      // Nothing behind these would fare better, and each try may take as long as the busy timeout.
      for (const { reject } of pending.splice(0)) reject(error)
    }
    if (pending.length > 0) immediate = setImmediate(commitSome)
  }
  const flush = (): void => {
    while (pending.length > 0) commitSome()
  }

  return {
    flush,
    read(query) {
      flush()
      return callStore(query)
    },
    run(write) {
      flush()
      callStore(() =>
        transact(database, ends, [{ run: () => (write(), () => undefined), reject: () => undefined }]),
      )
    },
    push: (write, urgency) =>
      new Promise((resolve, reject) => {
        if (isClosed) {
          reject(new StoreUnavailableError('the embedded store is closed'))
          return
        }
        const run = (): (() => void) => {
          const result = write()
          return () => resolve(result)
        }
        pending.push({ run, reject })
        if (urgency === 'now') immediate ??= setImmediate(commitSome)
        else timer ??= setTimeout(commitSome, SOON_MS)
      }),
    close() {
      flush()
      isClosed = true
    },
  }
}

/** Gives the last error by which a write was refused. */
function commit(database: DatabaseSync, ends: TransactionEnds, batch: readonly Pending[]): unknown {
  try {
    for (const confirm of transact(database, ends, batch)) confirm()
    return null
  } catch (thrown) {
    const error = asStoreError(thrown)
    if (batch.length === 1 || error instanceof StoreUnavailableError) {
      for (const { reject } of batch) reject(error)
      return error
    }
    // One bad write must not take the others with it: each gets a transaction of its own.
    let last: unknown = null
    for (const one of batch) last = commit(database, ends, [one]) ?? last
    return last
  }
}

function transact(
  database: DatabaseSync,
  { beforeCommit, afterRollback }: TransactionEnds,
  batch: readonly Pending[],
): readonly (() => void)[] {
  database.exec('BEGIN IMMEDIATE')
  try {
    const confirmations = batch.map(({ run }) => run())
    beforeCommit()
    database.exec('COMMIT')
    return confirmations
  } catch (error) {
    // After some errors (a full disk) SQLite has rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    afterRollback()
    throw error
  }
}
