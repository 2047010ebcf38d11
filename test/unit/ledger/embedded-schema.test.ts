// A store that an older gateway wrote is brought up to date when it is opened; one of a newer gateway is refused.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createEmbeddedStore } from '../../../src/ledger/embedded/embedded-store.ts'
import { dayAccount, sampleDemand } from '../../contract/demand-samples.ts'
import { HOUR_MS, NOON_MS, sampleHold, sampleRecord } from '../../contract/record-samples.ts'
import { spendBy, total } from '../../contract/store-world.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-schema-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** As version 2 had them: without aggregates. */
function takeBackToSecond(database: DatabaseSync): void {
  database.exec(`
    DROP TABLE closed_sums; DROP TABLE blocks; DROP TABLE cells; DROP TABLE aggregates; DROP TABLE audit;
    PRAGMA user_version = 2;
  `)
}

/** As version 1 had them: without budgets and rates, either. */
function takeBackToFirst(database: DatabaseSync): void {
  takeBackToSecond(database)
  database.exec(`
    ALTER TABLE holds DROP COLUMN charges;
    DROP TABLE accounts; DROP TABLE rates; DROP TABLE rate_entries; DROP TABLE policies; DROP TABLE policy_version;
    PRAGMA user_version = 1;
  `)
}

it('version 1 keeps what it has, and learns of budgets', async () => {
  const held = sampleHold(sampleRecord())
  const first = createEmbeddedStore({ directory })
  await first.settle(sampleRecord({ attempts: [{ cost: 77 }] }))
  await first.hold(held)
  await first.close()
  const database = new DatabaseSync(join(directory, 'farthing.sqlite'))
  takeBackToFirst(database)
  database.close()

  const store = createEmbeddedStore({ directory })
  expect(await total(store)).toMatchObject({ requests: 1, cost: 77n })
  expect(await store.expired(Number.MAX_SAFE_INTEGER, 10)).toEqual([held])
  await store.release([held.requestId])
  const account = dayAccount('search')
  const hold = sampleHold(sampleRecord({ accounts: [account] }), { accounts: [account] })
  const demand = sampleDemand({ accounts: { [account]: 5_000n }, leastAmount: 2_000 })
  expect(await store.hold(hold, demand)).toMatchObject({ kind: 'held' })
  expect(await store.accounts([account])).toEqual([{ spent: 0n, held: 2_000n }])
  await store.close()
})

it('version 2 keeps its sums, and makes aggregates of them', async () => {
  const first = createEmbeddedStore({ directory })
  await first.settle(sampleRecord({ attempts: [{ cost: 77 }] }))
  await first.settle(sampleRecord({ startedAtMs: NOON_MS - 40 * HOUR_MS, attempts: [{ cost: 1_000 }] }))
  await first.close()
  const database = new DatabaseSync(join(directory, 'farthing.sqlite'))
  takeBackToSecond(database)
  database.close()

  const store = createEmbeddedStore({ directory })
  const before = await spendBy(store, ['hour', 'key'])
  expect(before.map(({ cost }) => cost)).toEqual([1_000n, 77n])
  expect(await store.rollUp(NOON_MS)).toBe(true)
  expect(await store.rollUp(NOON_MS)).toBe(false)
  expect(await store.rollUp(NOON_MS + HOUR_MS)).toBe(true)
  expect(await spendBy(store, ['hour', 'key'])).toEqual(before)
  await store.close()
})

it('of a newer gateway is refused, and nothing in it is touched', async () => {
  await createEmbeddedStore({ directory }).close()
  const database = new DatabaseSync(join(directory, 'farthing.sqlite'))
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => createEmbeddedStore({ directory })).toThrow(/newer version \(schema 99, this one knows \d+\)/)
})
