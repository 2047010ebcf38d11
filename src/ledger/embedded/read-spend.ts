// Hourly sums of the embedded store → a spend report.

import { createSpendGroups, type HourlySums, hourRange } from '../group-spend.ts'
import type { SpendQuery, SpendRow } from '../store.ts'
import { readSlowly } from './slow-read.ts'
import { type Row, readBigInt, readText } from './statements.ts'

const COLUMNS = [
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

export async function readSpend(path: string, query: SpendQuery): Promise<readonly SpendRow[]> {
  const { fromHourMs, toHourMs } = hourRange(query)
  const groups = createSpendGroups(query)
  await readSlowly(path, {
    sql: 'SELECT * FROM sums WHERE hour >= ? AND hour < ?',
    parameters: [fromHourMs, toHourMs],
    onRow: (row) => groups.add(readSums(row)),
  })
  return groups.rows()
}

function readSums(row: Row): HourlySums {
  return {
    hourMs: Number(row['hour']),
    dimensions: readText(row, 'dimensions'),
    amounts: COLUMNS.map((column) => readBigInt(row, column)),
  }
}
