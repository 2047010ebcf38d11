// Many open one folder while others sweep it: each journal has its lock, and nobody's is taken from him.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { acquireJournalLock, lockNewJournal, lockPath } from '../../../src/ledger/embedded/journal-lock.ts'

let folder: string
let sweeper: ChildProcess
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-lock-'))
})
afterEach(async () => {
  sweeper.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** A process that does with every lock file what a sweep does with those of the dead. */
async function startSweeper(): Promise<void> {
  const module = resolve('src/ledger/embedded/journal-lock.ts')
  const program = `
    import { readdirSync } from 'node:fs'
    import { join } from 'node:path'
    import { acquireIfThere } from ${JSON.stringify(module)}
    process.stdout.write('begun')
    for (;;) {
      for (const name of readdirSync(${JSON.stringify(folder)})) {
        if (!name.endsWith('.lock')) continue
        const lock = acquireIfThere(join(${JSON.stringify(folder)}, name))
        lock?.remove()
        lock?.release()
      }
    }
  `
  sweeper = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (sweeper.stdout !== null) await once(sweeper.stdout, 'data')
}

it('a journal that is opened while others sweep has a lock that they respect', async () => {
  await startSweeper()
  for (let opened = 0; opened < 300; opened++) {
    const { id, lock } = lockNewJournal(folder)
    const path = lockPath(folder, id)
    expect(existsSync(path)).toBe(true)
    expect(acquireJournalLock(path)).toBeNull()
    lock.remove()
    lock.release()
  }
})
