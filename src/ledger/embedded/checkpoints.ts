// Moves what the write-ahead log has collected into the database, in a thread of its own: it waits for the disk, and the
// event loop must not.

import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'

export interface Checkpoints {
  close(): Promise<void>
}

export function startCheckpoints(database: DatabaseSync, path: string): Checkpoints {
  const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: { path } })
  worker.unref()
  // Without the thread SQLite does it itself, on the event loop: slower, never wrong.
  worker.once('error', () => {
    if (database.isOpen) database.exec('PRAGMA wal_autocheckpoint = 1000')
  })
  return {
    async close() {
      await worker.terminate()
    },
  }
}
