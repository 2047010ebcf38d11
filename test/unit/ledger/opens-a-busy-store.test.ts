// Processes that open a new embedded store at once, as the workers of a first start do: one is still writing to the file when
// the next would switch it to another journal, and there SQLite gives up at once.

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { createEmbeddedStore } from '../../../src/ledger/embedded/embedded-store.ts'

const WRITES_FOR_MS = 400

/** In a transaction for as long as that. */
const WRITER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { DatabaseSync } = require('node:sqlite')
  const database = new DatabaseSync(workerData)
  database.exec('BEGIN IMMEDIATE')
  parentPort.postMessage('writing')
  setTimeout(() => database.close(), ${WRITES_FOR_MS})
`

it('the later one waits, and has it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'farthing-busy-'))
  const writer = new Worker(WRITER, { eval: true, workerData: join(directory, 'farthing.sqlite') })
  try {
    const ended = once(writer, 'exit')
    await once(writer, 'message')
    const store = createEmbeddedStore({ directory })
    expect(await store.keys()).toEqual([])
    await store.close()
    await ended
  } finally {
    await writer.terminate()
    await rm(directory, { recursive: true, force: true })
  }
})
