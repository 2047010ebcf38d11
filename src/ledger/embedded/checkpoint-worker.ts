// The thread behind checkpoints.ts.

import { DatabaseSync } from 'node:sqlite'
import { workerData } from 'node:worker_threads'

const EVERY_MS = 500

const { path }: { path: string } = workerData
const database = new DatabaseSync(path, { timeout: 5_000 })
setInterval(() => database.exec('PRAGMA wal_checkpoint(PASSIVE)'), EVERY_MS)
