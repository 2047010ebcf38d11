// Group commit: the writes of one turn of the event loop share one transaction, in the order they came.

import type { DatabaseSync } from 'node:sqlite'
import { asStoreError } from './store-error.ts'

export interface WriteQueue {
  /** Runs `write` inside the next transaction; resolves once that is committed. */
  push(write: () => void, urgency: 'now' | 'soon'): Promise<void>
  /** Commits what waits. */
  flush(): void
}

/** What nobody waits for may wait this long for company. */
const SOON_MS = 10
/** A transaction of more would keep the event loop too long. */
const MAX_BATCH = 200

interface Pending {
  readonly write: () => void
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createWriteQueue(database: DatabaseSync): WriteQueue {
  let pending: Pending[] = []
  let immediate: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    clearImmediate(immediate)
    clearTimeout(timer)
    immediate = undefined
    timer = undefined
    const all = pending
    pending = []
    for (let start = 0; start < all.length; start += MAX_BATCH)
      commit(database, all.slice(start, start + MAX_BATCH))
  }

  return {
    flush,
    push: (write, urgency) =>
      new Promise((resolve, reject) => {
        pending.push({ write, resolve, reject })
        if (urgency === 'now') immediate ??= setImmediate(flush)
        else timer ??= setTimeout(flush, SOON_MS)
      }),
  }
}

function commit(database: DatabaseSync, batch: readonly Pending[]): void {
  try {
    transact(database, batch)
  } catch (error) {
    if (batch.length === 1) {
      batch[0]?.reject(asStoreError(error))
      return
    }
    // One bad write must not take the others with it: each gets a transaction of its own.
    for (const one of batch) commit(database, [one])
    return
  }
  for (const { resolve } of batch) resolve()
}

function transact(database: DatabaseSync, batch: readonly Pending[]): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    for (const { write } of batch) write()
    database.exec('COMMIT')
  } catch (error) {
    // After some errors (a full disk) SQLite has rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
