// The default store: SQLite in a folder, durable without a server, shared by the processes of one machine.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RequestRecord } from '../../core/request-record.ts'
import { type Booking, bookingsOf } from '../booking.ts'
import { parseHold, parseRecord } from '../documents.ts'
import { groupSpend, hourRange } from '../group-spend.ts'
import { pageRequests } from '../request-pages.ts'
import type { KeyDocument, Store } from '../store.ts'
import { startCheckpoints } from './checkpoints.ts'
import { prepareSchema } from './schema.ts'
import { prepareStatements, type Row, type Statements } from './statements.ts'
import { asStoreError } from './store-error.ts'
import { createWriteQueue } from './write-queue.ts'

export interface EmbeddedStoreOptions {
  /** Created where it is missing, for this user only. */
  readonly directory: string
}

/** Throws when the folder cannot be used, or the store in it is of a newer version. */
export function createEmbeddedStore({ directory }: EmbeddedStoreOptions): Store {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, 'farthing.sqlite')
  const database = new DatabaseSync(path, { timeout: 5_000 })
  // NORMAL: what was committed survives the process; a power cut may take the last moments. Checkpoints: checkpoints.ts.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
  prepareSchema(database)
  const statements = prepareStatements(database)
  const queue = createWriteQueue(database)
  const checkpoints = startCheckpoints(database, path)

  return {
    hold: (hold) =>
      queue.push(
        () =>
          void statements.putHold.run(
            hold.requestId,
            hold.leaseUntilMs,
            BigInt(hold.amount),
            JSON.stringify(hold),
          ),
        'now',
      ),
    redispatch: (requestId, dispatch) =>
      queue.push(() => void statements.dispatch.run(JSON.stringify(dispatch), requestId), 'now'),
    renew: (requestIds, leaseUntilMs) =>
      queue.push(() => {
        for (const requestId of requestIds) statements.renew.run(leaseUntilMs, requestId)
      }, 'soon'),
    settle: (record) => queue.push(() => settle(statements, record), 'soon'),

    expired: async (nowMs, limit) => {
      queue.flush()
      return read(() => statements.expired.all(nowMs, limit)).map((row) => ({
        ...parseHold(text(row, 'hold')),
        leaseUntilMs: Number(row['lease_until']),
      }))
    },
    spend: async (query) => {
      queue.flush()
      const { fromHourMs, toHourMs } = hourRange(query)
      return groupSpend(read(() => statements.sums.all(fromHourMs, toHourMs)).map(readSums), query)
    },
    requests: async (filter) => {
      queue.flush()
      return pageRequests(filter, async ({ startedAtMs, requestId }, limit) =>
        read(() => statements.requestsBefore.all(startedAtMs, requestId, limit)).map((row) =>
          parseRecord(text(row, 'record')),
        ),
      )
    },
    request: async (requestId) => {
      queue.flush()
      const row = read(() => statements.request.get(requestId))
      return row === undefined ? null : parseRecord(text(row, 'record'))
    },
    held: async () => {
      queue.flush()
      const row = read(() => statements.held.get())
      return { count: Number(row?.['count'] ?? 0), amount: BigInt(row?.['amount']?.toString() ?? '0') }
    },

    putKey: ({ id, hash, document }) =>
      queue.push(() => void statements.putKey.run(id, hash, document), 'now'),
    keyByHash: async (hash) => readKey(read(() => statements.keyByHash.get(hash))),
    key: async (id) => readKey(read(() => statements.key.get(id))),
    keys: async () => read(() => statements.keys.all()).flatMap((row) => readKey(row) ?? []),

    ping: async () => void read(() => statements.ping.get()),
    async close() {
      queue.flush()
      await checkpoints.close()
      if (database.isOpen) database.close()
    },
  }
}

function settle(statements: Statements, record: RequestRecord): void {
  const { requestId } = record
  statements.release.run(requestId)
  const before = statements.request.get(requestId)
  if (before !== undefined) {
    // Booked already: once is enough. Only the sweep's estimate gives way to what really happened.
    if (before['outcome'] !== 'expired' || record.outcome === 'expired') return
    for (const booking of bookingsOf(parseRecord(text(before, 'record')))) add(statements, booking, -1)
  }
  statements.putRequest.run(requestId, record.startedAtMs, record.outcome, JSON.stringify(record))
  for (const booking of bookingsOf(record)) add(statements, booking, 1)
}

function add({ addSums }: Statements, { hourMs, dimensions, amounts }: Booking, sign: 1 | -1): void {
  addSums.run(hourMs, dimensions, ...amounts.map((amount) => BigInt(sign * amount)))
}

function read<Result>(query: () => Result): Result {
  try {
    return query()
  } catch (error) {
    throw asStoreError(error)
  }
}

function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new TypeError(`${column} is not text`)
  return value
}

function readKey(row: Row | undefined): KeyDocument | null {
  return row === undefined
    ? null
    : { id: text(row, 'id'), hash: text(row, 'hash'), document: text(row, 'document') }
}

const SUM_COLUMNS = [
  'requests',
  'attempts',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost',
  'baseline',
  'estimated',
]

function readSums(row: Row) {
  return {
    hourMs: Number(row['hour']),
    dimensions: text(row, 'dimensions'),
    amounts: SUM_COLUMNS.map((column) => BigInt(row[column]?.toString() ?? '0')),
  }
}
