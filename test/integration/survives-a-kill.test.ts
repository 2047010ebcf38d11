// A gateway that is killed between two commits: what it had written into its journal is booked by whoever opens the
// folder next, once.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { acquireJournalLock } from '../../src/ledger/embedded/journal-lock.ts'
import { sampleAttempt, sampleHold, sampleRecord } from '../contract/record-samples.ts'
import { total } from '../contract/store-world.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-kill-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs `body` with a `store` on the folder in a process of its own, which then kills itself without a farewell. */
async function runAndDie(body: string): Promise<void> {
  const script = `
    import { createEmbeddedStore } from ${JSON.stringify(resolve('src/ledger/embedded/embedded-store.ts'))}
    const store = createEmbeddedStore({ directory: ${JSON.stringify(folder)} })
    ${body}
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => setInterval(() => undefined, 1000))
  `
  const file = join(folder, 'dies.mjs')
  writeFileSync(file, script)
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [, signal]: unknown[] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const journals = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('journal-'))

it('holds that were taken run out, with what had been sent last', async () => {
  const [left, resent, released] = [sampleRecord(), sampleRecord(), sampleRecord()].map((record) =>
    sampleHold(record),
  )
  const dispatch = { attempt: sampleAttempt({ cost: 77 }), baseline: 5, baselineModel: null, earlier: [] }
  await runAndDie(`
    for (const hold of ${JSON.stringify([left, resent, released])}) await store.hold(hold)
    await store.redispatch(${JSON.stringify(resent?.requestId)}, ${JSON.stringify(dispatch)})
    void store.release([${JSON.stringify(released?.requestId)}])
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  `)
  const store = createEmbeddedStore({ directory: folder })
  expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([left, { ...resent, dispatch }])
  expect(await store.held()).toMatchObject({ count: 2 })
  await store.close()
  expect(journals()).toEqual([])
})

it('ends that were on their way to the tables are booked, once', async () => {
  const records = Array.from({ length: 300 }, (_, index) => sampleRecord({ attempts: [{ cost: 1 + index }] }))
  // Some have been committed when it dies, some have not: each is said again after its end.
  await runAndDie(`
    const records = ${JSON.stringify(records)}
    await Promise.all(records.slice(0, 100).map((record) => store.settle(record)))
    for (const record of records.slice(100)) void store.settle(record)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  `)
  const store = createEmbeddedStore({ directory: folder })
  expect(await total(store)).toMatchObject({ requests: 300, cost: 45_150n })
  expect(await store.request(records[299]?.requestId ?? '')).toEqual(records[299])
  expect(await Promise.all(records.map((record) => store.settle(record)))).toEqual(
    records.map(() => 'repeated'),
  )
  expect(await total(store)).toMatchObject({ requests: 300, cost: 45_150n })
  await store.close()
})

it('what a crash cut off is set aside and reported, the rest is booked', async () => {
  const record = sampleRecord()
  await runAndDie(`
    void store.settle(${JSON.stringify(record)})
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  `)
  const [log = ''] = journals().filter((name) => name.endsWith('.log'))
  appendFileSync(join(folder, log), '00000000 s {"requestId":"req_ha')
  const damaged: (readonly [string, number])[] = []
  const store = createEmbeddedStore({
    directory: folder,
    onDamaged: (path, lines) => damaged.push([path, lines]),
  })
  expect(await total(store)).toMatchObject({ requests: 1, cost: 1_000n })
  expect(damaged).toEqual([[join(folder, `${log}.damaged`), 1]])
  expect(readFileSync(join(folder, `${log}.damaged`), 'utf8')).toContain('req_ha')
  await store.close()
})

it('the journal of a process that lives is left alone', async () => {
  const alive = createEmbeddedStore({ directory: folder })
  const hold = sampleHold(sampleRecord())
  await alive.hold(hold)
  const other = createEmbeddedStore({ directory: folder })
  expect(await other.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([])
  expect(await alive.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([hold])
  expect(await other.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([hold])
  await alive.close()
  await other.close()
})

it('a lock is had by one at a time, and is free when its holder ends', () => {
  const path = join(folder, 'journal-0.lock')
  const lock = acquireJournalLock(path)
  expect(acquireJournalLock(path)).toBeNull()
  lock?.release()
  const again = acquireJournalLock(path)
  expect(again).not.toBeNull()
  again?.release()
  writeFileSync(path, 'not a database')
  expect(() => acquireJournalLock(path)).toThrow('file is not a database')
})
