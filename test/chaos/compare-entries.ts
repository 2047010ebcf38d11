// The providers' books against the rows of the ledger, request by request and to the picodollar.

import type { AttemptRecord, RequestRecord } from '../../src/core/request-record.ts'
import { numberOf } from './client.ts'
import type { BilledEntry } from './fleet-protocol.ts'

export interface EntryFindings {
  /** Billed by a provider, and in no row. */
  readonly lost: readonly string[]
  /** More than one row of a request, or a row with a reported usage that nobody billed. */
  readonly doubled: readonly string[]
  /** A reported usage that is not what the provider billed. */
  readonly wrong: readonly string[]
  /** Of each attempt that could only be estimated: what the row says, and what was billed. */
  readonly estimates: readonly Estimate[]
}

export interface Estimate {
  readonly estimated: bigint
  readonly billed: bigint
}

export function compareEntries(
  entries: readonly BilledEntry[],
  rows: readonly RequestRecord[],
): EntryFindings {
  const lost: string[] = []
  const doubled: string[] = []
  const wrong: string[] = []
  const estimates: Estimate[] = []
  const byNumber = Map.groupBy(entries, ({ reference }) => Number(reference))
  const rowsByNumber = Map.groupBy(rows, ({ trace }) => (trace === undefined ? 0 : numberOf(trace.traceId)))
  for (const number of new Set([...byNumber.keys(), ...rowsByNumber.keys()])) {
    const found = rowsByNumber.get(number) ?? []
    if (found.length > 1) doubled.push(`request ${number} has ${found.length} rows`)
    const attempts = found.flatMap((row) => row.attempts).filter(({ source }) => source !== null)
    const left = [...attempts]
    const missing: BilledEntry[] = []
    // Exact ones first, so that an estimate is left for what was billed and not told.
    for (const entry of byNumber.get(number) ?? []) {
      if (!take(left, (attempt) => isOf(attempt, entry) && isReported(attempt) && costs(attempt, entry)))
        missing.push(entry)
    }
    for (const entry of missing) {
      const attempt = take(left, (one) => isOf(one, entry))
      if (attempt === null) lost.push(`request ${number}: ${nameOf(entry)} ${entry.pico} (${entry.end})`)
      else if (isReported(attempt))
        wrong.push(
          `request ${number}: ${nameOf(entry)} billed ${entry.pico}, the row has ${attempt.cost.total}`,
        )
      else estimates.push({ estimated: BigInt(attempt.cost.total), billed: entry.pico })
    }
    for (const attempt of left) {
      if (isReported(attempt))
        doubled.push(`request ${number}: nobody billed ${nameOf(attempt)} ${attempt.cost.total}`)
      else estimates.push({ estimated: BigInt(attempt.cost.total), billed: 0n })
    }
  }
  return { lost, doubled, wrong, estimates }
}

function take(list: AttemptRecord[], isWanted: (attempt: AttemptRecord) => boolean): AttemptRecord | null {
  const index = list.findIndex(isWanted)
  return index === -1 ? null : (list.splice(index, 1)[0] ?? null)
}

const isReported = ({ source }: AttemptRecord): boolean => source === 'provider' || source === 'drained'
const isOf = (attempt: AttemptRecord, entry: BilledEntry): boolean => nameOf(attempt) === nameOf(entry)
const costs = ({ cost }: AttemptRecord, { pico }: BilledEntry): boolean => BigInt(cost.total) === pico

function nameOf({ provider, model }: { readonly provider: string; readonly model: string }): string {
  return `${provider}/${model}`
}
