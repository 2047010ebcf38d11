// All that is written down about a run, wherever it stands: read once, then compared.

import { type RequestRecord, requestCost } from '../../src/core/request-record.ts'
import type { AccountState, SpendDimension, SpendRow, Store } from '../../src/ledger/store.ts'
import type { BilledEntry } from './fleet-protocol.ts'
import type { Stage } from './stage.ts'

export interface Books {
  /** What the providers billed. */
  readonly entries: readonly BilledEntry[]
  readonly rows: readonly RequestRecord[]
  readonly sums: readonly SpendRow[]
  readonly accounts: ReadonlyMap<string, AccountState>
  readonly held: { readonly count: number; readonly amount: bigint }
  /** What each gateway that runs says at /metrics, by its name. */
  readonly metrics: ReadonlyMap<string, string>
  /** Answers and requests that are under way. */
  readonly open: number
}

export const GROUPS = [
  'provider',
  'model',
  'tier',
  'team',
  'project',
  'key',
  'hour',
] as const satisfies readonly SpendDimension[]
const DAY_MS = 86_400_000

export async function readBooks({ fleet, gateways }: Stage, store: Store): Promise<Books> {
  const metrics = new Map<string, string>()
  for (const { name, url } of gateways) metrics.set(name, await (await fetch(`${url}/metrics`)).text())
  const { entries, open } = await fleet.tell({ kind: 'books' })
  const rows = await readRows(store)
  const nowMs = Date.now()
  const ids = [...new Set(rows.flatMap(({ accounts }) => accounts ?? []))]
  const states = await store.accounts(ids)
  return {
    entries,
    rows,
    sums: await store.spend({ fromMs: nowMs - 40 * DAY_MS, toMs: nowMs + 40 * DAY_MS, groupBy: GROUPS }),
    accounts: new Map(ids.map((id, index) => [id, states[index] ?? { spent: 0n, held: 0n }])),
    held: await store.held(),
    metrics,
    open: [...metrics.values()].map(readInFlight).reduce((sum, count) => sum + count, open),
  }
}

async function readRows(store: Store): Promise<readonly RequestRecord[]> {
  const rows: RequestRecord[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.requests({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    rows.push(...page.records)
    cursor = page.nextCursor
  }
  return rows
}

export function costOf(rows: readonly RequestRecord[]): bigint {
  return rows.reduce((sum, row) => sum + BigInt(requestCost(row)), 0n)
}

/** Of all series of that name whose labels have this text in them. */
function readSeries(text: string, name: string, label = ''): readonly number[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(label))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)))
}

function readInFlight(text: string): number {
  return readSeries(text, 'farthing_in_flight_requests')[0] ?? 0
}

/** Each series in USD is exact to the picodollar for as long as it is below some thousand dollars. */
export function sumUsd(text: string, name: string, label?: string): bigint {
  return readSeries(text, name, label).reduce((sum, usd) => sum + BigInt(Math.round(usd * 1e12)), 0n)
}
