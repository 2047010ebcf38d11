// Whether the process that writes a journal lives. Numbers of processes are used again, and containers that share a folder
// do not see each other's: a lock on a file, which the system gives back when its holder dies, tells the truth to all.

import { rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

export interface JournalLock {
  /** Takes the file away: there is no journal any more. */
  remove(): void
  release(): void
}

const SQLITE_BUSY = 5

/** Null while another handle, of this process or another, has it. Throws where the file is no such lock. */
export function acquireJournalLock(path: string): JournalLock | null {
  // SQLite locks files rightly on every system, and Node cannot; nothing is ever written into this one.
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null
    throw error
  }
  return {
    remove: () => rmSync(path, { force: true }),
    release: () => database.close(),
  }
}
