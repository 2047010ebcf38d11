// Whether the process that writes a journal lives. Numbers of processes are used again, and containers that share a folder
// do not see each other's: a lock on a file, which the system gives back when its holder dies, tells the truth to all.

import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './store-error.ts'

export interface JournalLock {
  /** Takes the file away: there is no journal any more. */
  remove(): void
  release(): void
}

/** Null while another handle, of this process or another, has it. Throws where the file is no such lock. */
export function acquireJournalLock(path: string): JournalLock | null {
  // SQLite locks files rightly on every system, and Node cannot; nothing is ever written into this one.
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return null
    throw error
  }
  return {
    remove: () => rmSync(path, { force: true }),
    release: () => database.close(),
  }
}

export interface OwnJournal {
  readonly id: string
  readonly lock: JournalLock
}

const TRIES = 20

/**
 * For a journal of one's own. Until it is locked, whoever sweeps takes its file for one of the dead, and away: a journal
 * without that file would be found by nobody. Then another is made.
 */
export function lockNewJournal(directory: string): OwnJournal {
  for (let tries = 1; ; tries++) {
    const id = randomBytes(8).toString('hex')
    const path = lockPath(directory, id)
    const lock = acquireIfThere(path)
    if (lock !== null && existsSync(path)) return { id, lock }
    lock?.release()
    if (tries === TRIES) throw new Error(`the journal in ${directory} cannot be locked`)
  }
}

/** Null also where the file was taken away meanwhile. */
export function acquireIfThere(path: string): JournalLock | null {
  try {
    return acquireJournalLock(path)
  } catch (error) {
    if (existsSync(path)) throw error
    return null
  }
}

export function lockPath(directory: string, id: string): string {
  return join(directory, `journal-${id}.lock`)
}
