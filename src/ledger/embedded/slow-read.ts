// Reports over many rows: from one state of the database, on a connection of their own, with the event loop free in between.

import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Row } from './statements.ts'
import { asStoreError, callStore } from './store-error.ts'

export interface SlowQuery {
  readonly sql: string
  readonly parameters: readonly number[]
  readonly onRow: (row: Row) => void
}

/** Some 2 ms of reading. */
const ROWS_PER_TURN = 250

export async function readSlowly(path: string, { sql, parameters, onRow }: SlowQuery): Promise<void> {
  const database = callStore(() => new DatabaseSync(path, { readOnly: true, timeout: 5_000 }))
  try {
    const statement = database.prepare(sql)
    // Sums outgrow what a number holds exactly.
    statement.setReadBigInts(true)
    let count = 0
    for (const row of statement.iterate(...parameters)) {
      onRow(row)
      count++
      if (count % ROWS_PER_TURN === 0) await nextTurn()
    }
  } catch (error) {
    throw asStoreError(error)
  } finally {
    database.close()
  }
}
