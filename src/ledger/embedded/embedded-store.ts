// The default store: SQLite in a folder, durable without a server, shared by the processes of one machine. What requests
// do on their way stands in a journal first, and comes into the tables in batches.

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseDispatch, parseHold, parseIds, parseRecord } from '../documents.ts'
import { pageRequests } from '../request-pages.ts'
import type { AuditStore, Hold, KeyDocument, KeyStore, LedgerStore, SpentChange, Store } from '../store.ts'
import { upkeepVerbs } from './aggregates.ts'
import { budgetVerbs } from './budgets.ts'
import { startCheckpoints } from './checkpoints.ts'
import { openContentFile } from './content-file.ts'
import { createHoldBook, type HoldBook } from './hold-book.ts'
import { createJournal, type Journal } from './journal.ts'
import { lockNewJournal } from './journal-lock.ts'
import { recoverJournals } from './journal-recovery.ts'
import { readSpendOf } from './read-spend.ts'
import { prepareSchema } from './schema.ts'
import { type Books, buildSettlement } from './settlement.ts'
import { prepareStatements, type Row, readText } from './statements.ts'
import { callStore, isBusy } from './store-error.ts'
import { createSumsBuffer } from './sums-buffer.ts'
import { createWriteQueue, type WriteQueue } from './write-queue.ts'

export interface EmbeddedStoreOptions {
  /** Created where it is missing, for this user only. */
  readonly directory: string
  /** Told of a journal with lines that are not whole, and where it was set aside. */
  readonly onDamaged?: (path: string, lines: number) => void
  /** Told of each account of a budget that a settlement changed. */
  readonly onSpent?: (change: SpentChange) => void
}

/** What the verbs stand on. */
interface Parts {
  readonly path: string
  readonly books: Books
  readonly queue: WriteQueue
  readonly holds: HoldBook
  readonly journal: Journal
  /** Books what processes that are no more left behind. */
  readonly recover: () => void
}

/** Throws when the folder cannot be used, or the store in it is of a newer version. */
export function createEmbeddedStore({
  directory,
  onDamaged = () => undefined,
  onSpent = () => undefined,
}: EmbeddedStoreOptions): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'farthing.sqlite')
  const database = openDatabase(path)
  const statements = prepareStatements(database)
  const sums = createSumsBuffer(statements)
  const books = { statements, sums, onSpent }
  const queue = createWriteQueue(database, {
    beforeCommit: () => sums.write(),
    afterRollback: () => sums.clear(),
  })
  const { id: ownId, lock } = lockNewJournal(directory)
  const journal = createJournal({ directory, id: ownId })
  const holds = createHoldBook({ statements, queue, journal })
  const recover = (): void => recoverJournals({ directory, ownId, queue, books, onDamaged })
  recover()
  const checkpoints = startCheckpoints(database, path)
  const content = openContentFile(directory)
  const parts = { path, books, queue, holds, journal, recover }
  return {
    ...writeVerbs(parts),
    ...readVerbs(parts),
    ...budgetVerbs(statements, queue),
    ...keyVerbs(parts),
    ...upkeepVerbs({ path, database, queue }),
    ...auditVerbs(parts),
    ...content,
    connectionsLost: () => null,
    leaseClock: null,
    ping: async () => void callStore(() => statements.ping.get()),
    async close() {
      if (!database.isOpen) return
      content.close()
      holds.close()
      queue.close()
      journal.close()
      lock.remove()
      lock.release()
      await checkpoints.close()
      if (database.isOpen) database.close()
    },
  }
}

/** How long one process waits for another. */
const BUSY_MS = 5_000
const RETRY_MS = 20

/** Processes that open a new store at once stand in each other's way, and there SQLite gives up instead of waiting. */
function switchToWal(database: DatabaseSync): void {
  const deadlineMs = performance.now() + BUSY_MS
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadlineMs) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}

function openDatabase(path: string): DatabaseSync {
  // For this user only, whatever folder it stands in; SQLite gives its own files beside it the same mode.
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  switchToWal(database)
  // NORMAL: what was committed survives the process; a power cut may take the last moments. Checkpoints: checkpoints.ts.
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
  prepareSchema(database)
  return database
}

function writeVerbs({
  books,
  queue,
  holds,
  journal,
}: Parts): Pick<LedgerStore, 'hold' | 'redispatch' | 'renew' | 'release' | 'settle' | 'putRoutes'> {
  return {
    hold: (hold, demand) => holds.hold(hold, demand),
    redispatch: (requestId, dispatch, rates) => holds.redispatch(requestId, dispatch, rates),
    renew: (requestIds, leaseUntilMs) => holds.renew(requestIds, leaseUntilMs),
    release: (requestIds) => holds.release(requestIds),
    async putRoutes(catalogVersion, ids) {
      await queue.push(() => books.statements.putRoutes.run(catalogVersion, JSON.stringify(ids)), 'now')
    },
    async settle(record) {
      const { isHeldHere, isLast, isInTable } = holds.end(record.requestId)
      const settlement = buildSettlement(books, { record, isInTable })
      // In the journal at once, should the process die before the transaction.
      // Nobody waits for a settlement, unless it makes room: it may wait for company.
      const booked = queue.push(() => settlement.book(), record.accounts === undefined ? 'soon' : 'now')
      // Where the journal refuses, nobody hears of the other.
      booked.catch(() => undefined)
      // The decision stands in the hold's line, or behind the hold in the table.
      await journal.append('s', isHeldHere ? settlement.facts : settlement.text, isLast)
      return booked
    },
  }
}

function readVerbs({
  path,
  books: { statements },
  queue,
  holds,
  recover,
}: Parts): Pick<LedgerStore, 'expired' | 'spend' | 'requests' | 'request' | 'routes' | 'held'> {
  return {
    async expired(nowMs, limit) {
      callStore(recover)
      holds.putIntoTable()
      return queue.read(() => statements.expired.all(nowMs, limit)).map(readHold)
    },
    async spend(query) {
      queue.read(() => statements.ping.get())
      return readSpendOf(path, query)
    },
    requests: async (filter) =>
      pageRequests(filter, async ({ startedAtMs, requestId }, limit) =>
        queue
          .read(() => statements.requestsBefore.all(startedAtMs, requestId, limit))
          .map((row) => parseRecord(readText(row, 'record'))),
      ),
    async request(requestId) {
      const row = queue.read(() => statements.request.get(requestId))
      return row === undefined ? null : parseRecord(readText(row, 'record'))
    },
    async routes(catalogVersion) {
      const row = queue.read(() => statements.routes.get(catalogVersion))
      return row === undefined ? null : parseIds(readText(row, 'routes'))
    },
    async held() {
      holds.putIntoTable()
      const row = queue.read(() => statements.held.get())
      return { count: Number(row?.['count'] ?? 0), amount: BigInt(row?.['amount']?.toString() ?? '0') }
    },
  }
}

function keyVerbs({ books: { statements }, queue }: Parts): KeyStore {
  return {
    async putKey(...keys) {
      await queue.push(() => {
        for (const { id, hash, document } of keys) statements.putKey.run(id, hash, document)
      }, 'now')
    },
    keyByHash: async (hash) => readKey(callStore(() => statements.keyByHash.get(hash))),
    key: async (id) => readKey(callStore(() => statements.key.get(id))),
    keys: async () => callStore(() => statements.keys.all()).flatMap((row) => readKey(row) ?? []),
  }
}

function auditVerbs({ books: { statements }, queue }: Parts): AuditStore {
  return {
    async appendAudit(entry) {
      await queue.push(() => statements.appendAudit.run(entry), 'now')
    },
    async auditBefore(id, limit) {
      // Whatever is no id of ours has nothing before it.
      const before = id === null ? Number.MAX_SAFE_INTEGER : Number(id) || 0
      return callStore(() => statements.auditBefore.all(before, limit)).map((row) => ({
        id: String(row['id']),
        entry: readText(row, 'entry'),
      }))
    },
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
