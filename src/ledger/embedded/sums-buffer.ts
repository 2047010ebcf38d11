// What the settlements of one transaction add to the sums, added up first: many requests, few rows.

import type { Booking } from '../booking.ts'
import type { Statements } from './statements.ts'

export interface SumsBuffer {
  add(booking: Booking): void
  /** Before the transaction is committed. */
  write(): void
  /** After it was rolled back. */
  clear(): void
}

interface Row {
  readonly hourMs: number
  readonly dimensions: string
  /** Exact: those of a hundred requests may be no safe integers any more. */
  readonly amounts: bigint[]
}

export function createSumsBuffer({ addSums }: Statements): SumsBuffer {
  const rows = new Map<string, Row>()
  return {
    add({ hourMs, dimensions, amounts }) {
      const key = `${hourMs}${dimensions}`
      const row = rows.get(key)
      if (row === undefined) rows.set(key, { hourMs, dimensions, amounts: amounts.map(BigInt) })
      else
        for (const [index, amount] of amounts.entries())
          row.amounts[index] = (row.amounts[index] ?? 0n) + BigInt(amount)
    },
    write() {
      for (const { hourMs, dimensions, amounts } of rows.values()) addSums.run(hourMs, dimensions, ...amounts)
      rows.clear()
    },
    clear: () => rows.clear(),
  }
}
