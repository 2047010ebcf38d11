// Reports over many rows: from one state of the database, on a connection of their own, with the event loop free in between.

import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Row } from './statements.ts'
import { asStoreError, callStore } from './store-error.ts'

export interface SlowQuery {
  readonly sql: string
  readonly parameters?: readonly (number | string)[]
  readonly onRow: (row: Row) => void
}

export type ReadSlowly = (query: SlowQuery) => Promise<void>

/** Some 2 ms of reading. */
const ROWS_PER_TURN = 250

/** All that `read` reads is of one moment. */
export async function readSnapshot<Result>(
  path: string,
  read: (readSlowly: ReadSlowly) => Promise<Result>,
): Promise<Result> {
  const database = callStore(() => new DatabaseSync(path, { readOnly: true, timeout: 5_000 }))
  try {
    database.exec('BEGIN')
    return await read((query) => readRows(database, query))
  } catch (error) {
    throw asStoreError(error)
  } finally {
    database.close()
  }
}

async function readRows(database: DatabaseSync, { sql, parameters = [], onRow }: SlowQuery): Promise<void> {
  const statement = database.prepare(sql)
  // Sums outgrow what a number holds exactly.
  statement.setReadBigInts(true)
  let count = 0
  for (const row of statement.iterate(...parameters)) {
    onRow(row)
    count++
    if (count % ROWS_PER_TURN === 0) await nextTurn()
  }
}
