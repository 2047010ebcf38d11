// The thread behind checkpoints.ts.

import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'

/** A page that is written again meanwhile is moved once. */
const EVERY_MS = 2_000
/** Pages, some 16 MB. The log starts over by itself only when a checkpoint meets no writer; under load none may ever be so lucky. */
const LONGEST_LOG = 4_000

const { path }: { path: string } = workerData
const database = new DatabaseSync(path, { timeout: 1_000 })
const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
const restart = database.prepare('PRAGMA wal_checkpoint(RESTART)')

setInterval(() => {
  const pages = Number(passive.get()?.['log'] ?? 0)
  // Nearly all of it has just been moved, so that writers are kept waiting for the few pages that came since.
  if (pages > LONGEST_LOG) restart.get()
}, EVERY_MS)
