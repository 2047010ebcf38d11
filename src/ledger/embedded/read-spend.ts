// Sums and aggregates of the embedded store, as a report reads them.

import type { HourlySums } from '../group-spend.ts'
import { KEPT_ALL, readSpend, type SumsView } from '../read-spend.ts'
import type { KeptFrom } from '../spend-plan.ts'
import type { SpendQuery, SpendRow } from '../store.ts'
import { type ReadSlowly, readSnapshot } from './slow-read.ts'
import { type Row, readBigInt, readText } from './statements.ts'

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

export function readSpendOf(path: string, query: SpendQuery): Promise<readonly SpendRow[]> {
  return readSnapshot(path, (read) => readSpend(viewSums(read), query))
}

export function readKeptOf(path: string): Promise<KeptFrom> {
  return readSnapshot(path, (read) => viewSums(read).kept())
}

export function viewSums(read: ReadSlowly): SumsView {
  return {
    async kept() {
      let kept = KEPT_ALL
      await read({ sql: 'SELECT * FROM aggregates', onRow: (row) => (kept = readKept(row)) })
      return kept
    },
    async months() {
      let months: { firstMs: number; lastMs: number } | null = null
      await read({
        sql: "SELECT min(start) AS first, max(start) AS last FROM blocks WHERE cube = 'total' AND grain = 'month'",
        onRow({ first, last }) {
          if (first !== null) months = { firstMs: Number(first), lastMs: Number(last) }
        },
      })
      return months
    },
    async blocks(cube, { grain, fromMs, toMs }) {
      const blocks: { startMs: number; block: Uint8Array }[] = []
      await read({
        sql: 'SELECT start, block FROM blocks WHERE cube = ? AND grain = ? AND start >= ? AND start < ?',
        parameters: [cube, grain, fromMs, toMs],
        onRow: (row) => blocks.push({ startMs: Number(row['start']), block: readBytes(row, 'block') }),
      })
      return blocks
    },
    async names(cube) {
      const names: string[] = []
      await read({
        sql: 'SELECT name FROM cells WHERE cube = ? ORDER BY id',
        parameters: [cube],
        onRow: (row) => names.push(readText(row, 'name')),
      })
      return names
    },
    async openHours({ fromMs, toMs }, onSums) {
      for (const table of ['sums', 'closed_sums'])
        await read({
          sql: `SELECT * FROM ${table} WHERE hour >= ? AND hour < ?`,
          parameters: [fromMs, toMs],
          onRow: (row) => onSums(readSums(row)),
        })
    },
  }
}

export function readSums(row: Row): HourlySums {
  return {
    hourMs: Number(row['hour']),
    dimensions: readText(row, 'dimensions'),
    amounts: SUM_COLUMNS.map((column) => readBigInt(row, column)),
  }
}

export function readBytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw new TypeError(`${column} is not bytes`)
  return value
}

function readKept(row: Row): KeptFrom {
  const { hours_from: hours, days_from: days } = row
  return {
    hoursFromMs: hours === null ? KEPT_ALL.hoursFromMs : Number(hours),
    daysFromMs: days === null ? KEPT_ALL.daysFromMs : Number(days),
  }
}
