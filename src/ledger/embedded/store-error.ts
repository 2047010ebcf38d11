// Which of SQLite's errors mean that the store cannot be used now, as opposed to a mistake of ours.

import { StoreUnavailableError } from '../store.ts'

/** BUSY, LOCKED, IOERR, FULL, CANTOPEN: result codes of sqlite.org/rescode.html, without their extended bits. */
const AWAY = new Set([5, 6, 10, 13, 14])

export function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  return AWAY.has(error.errcode & 0xff)
    ? new StoreUnavailableError(`the embedded store cannot be used: ${error.message}`, { cause: error })
    : error
}
