// The default store: SQLite in a folder, durable without a server, shared by the processes of one machine.

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseDispatch, parseHold, parseRecord } from '../documents.ts'
import { pageRequests } from '../request-pages.ts'
import type { Hold, KeyDocument, KeyStore, LedgerStore, Store } from '../store.ts'
import { startCheckpoints } from './checkpoints.ts'
import { readSpend } from './read-spend.ts'
import { prepareSchema } from './schema.ts'
import { buildSettlement } from './settlement.ts'
import { prepareStatements, type Row, readText, type Statements } from './statements.ts'
import { asStoreError } from './store-error.ts'
import { createWriteQueue, type WriteQueue } from './write-queue.ts'

export interface EmbeddedStoreOptions {
  /** Created where it is missing, for this user only. */
  readonly directory: string
}

/** What the verbs stand on. */
interface Parts {
  readonly path: string
  readonly statements: Statements
  readonly queue: WriteQueue
}

/** Throws when the folder cannot be used, or the store in it is of a newer version. */
export function createEmbeddedStore({ directory }: EmbeddedStoreOptions): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'farthing.sqlite')
  // For this user only, whatever folder it stands in; SQLite gives its own files beside it the same mode.
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: 5_000 })
  // NORMAL: what was committed survives the process; a power cut may take the last moments. Checkpoints: checkpoints.ts.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
  prepareSchema(database)
  const parts = { path, statements: prepareStatements(database), queue: createWriteQueue(database) }
  const checkpoints = startCheckpoints(database, path)
  return {
    ...writeVerbs(parts),
    ...readVerbs(parts),
    ...keyVerbs(parts),
    ping: async () => void read(() => parts.statements.ping.get()),
    async close() {
      parts.queue.close()
      await checkpoints.close()
      if (database.isOpen) database.close()
    },
  }
}

function writeVerbs({
  statements,
  queue,
}: Parts): Pick<LedgerStore, 'hold' | 'redispatch' | 'renew' | 'release' | 'settle'> {
  return {
    async hold(hold) {
      const { requestId, leaseUntilMs, amount } = hold
      const text = JSON.stringify(hold)
      await queue.push(() => statements.putHold.run(requestId, leaseUntilMs, BigInt(amount), text), 'now')
    },
    async redispatch(requestId, dispatch) {
      const text = JSON.stringify(dispatch)
      await queue.push(() => statements.dispatch.run(text, requestId), 'now')
    },
    renew: (requestIds, leaseUntilMs) =>
      queue.push(() => {
        for (const requestId of requestIds) statements.renew.run(leaseUntilMs, requestId)
      }, 'soon'),
    release: (requestIds) =>
      queue.push(() => {
        for (const requestId of requestIds) statements.release.run(requestId)
      }, 'soon'),
    // Nobody waits for a settlement: it may wait for company.
    settle: async (record) => queue.push(buildSettlement(statements, record), 'soon'),
  }
}

function readVerbs({
  path,
  statements,
  queue,
}: Parts): Pick<LedgerStore, 'expired' | 'spend' | 'requests' | 'request' | 'held'> {
  /** What this handle was told before, it knows. */
  const readAll = <Result>(query: () => Result): Result => {
    queue.flush()
    return read(query)
  }
  return {
    expired: async (nowMs, limit) => readAll(() => statements.expired.all(nowMs, limit)).map(readHold),
    async spend(query) {
      queue.flush()
      read(() => statements.ping.get())
      return readSpend(path, query)
    },
    requests: async (filter) =>
      pageRequests(filter, async ({ startedAtMs, requestId }, limit) =>
        readAll(() => statements.requestsBefore.all(startedAtMs, requestId, limit)).map((row) =>
          parseRecord(readText(row, 'record')),
        ),
      ),
    async request(requestId) {
      const row = readAll(() => statements.request.get(requestId))
      return row === undefined ? null : parseRecord(readText(row, 'record'))
    },
    async held() {
      const row = readAll(() => statements.held.get())
      return { count: Number(row?.['count'] ?? 0), amount: BigInt(row?.['amount']?.toString() ?? '0') }
    },
  }
}

function keyVerbs({ statements, queue }: Parts): KeyStore {
  return {
    async putKey({ id, hash, document }) {
      await queue.push(() => statements.putKey.run(id, hash, document), 'now')
    },
    keyByHash: async (hash) => readKey(read(() => statements.keyByHash.get(hash))),
    key: async (id) => readKey(read(() => statements.key.get(id))),
    keys: async () => read(() => statements.keys.all()).flatMap((row) => readKey(row) ?? []),
  }
}

function read<Result>(query: () => Result): Result {
  try {
    return query()
  } catch (error) {
    throw asStoreError(error)
  }
}

function readHold(row: Row): Hold {
  const hold = { ...parseHold(readText(row, 'hold')), leaseUntilMs: Number(row['lease_until']) }
  return row['dispatch'] === null ? hold : { ...hold, dispatch: parseDispatch(readText(row, 'dispatch')) }
}

function readKey(row: Row | undefined): KeyDocument | null {
  return row === undefined
    ? null
    : { id: readText(row, 'id'), hash: readText(row, 'hash'), document: readText(row, 'document') }
}
