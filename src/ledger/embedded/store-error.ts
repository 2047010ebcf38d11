// Which of SQLite's errors mean that the store cannot be used now, as opposed to a mistake of ours.

import { StoreUnavailableError } from '../store.ts'

const SQLITE_BUSY = 5
/** BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: result codes of sqlite.org/rescode.html, without their extended bits. */
const AWAY = new Set([SQLITE_BUSY, 6, 8, 10, 11, 13, 14, 26])

export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  // What node:sqlite says of a database that has been closed.
  const isClosed = 'code' in error && error.code === 'ERR_INVALID_STATE'
  const isAway = 'errcode' in error && typeof error.errcode === 'number' && AWAY.has(error.errcode & 0xff)
  return isClosed || isAway
    ? new StoreUnavailableError(`the embedded store cannot be used: ${error.message}`, { cause: error })
    : error
}

/** Another process has it, and will let go. */
export function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** What the call gives; throws StoreUnavailableError where the store cannot be used now. */
export function callStore<Result>(call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    throw asStoreError(error)
  }
}
