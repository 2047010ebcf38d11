// The ledger against itself: every record of a request once more, one by one, and held against the aggregates, and against
// what the accounts of budgets have counted.

import { type RequestRecord, requestCost } from '../../core/request-record.ts'
import { HOUR_MS } from '../../ledger/booking.ts'
import type { LedgerStore } from '../../ledger/store.ts'
import { dayOf } from './bill.ts'
import type { Difference } from './difference.ts'

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** What the records of a span add up to. */
export interface Recount {
  readonly requests: number
  readonly cost: bigint
  /** By JSON of day, provider and model. */
  readonly byPlace: ReadonlyMap<string, bigint>
  /** By account. */
  readonly byAccount: ReadonlyMap<string, bigint>
}

const PAGE = 500

export async function recount(ledger: Pick<LedgerStore, 'requests'>, span: Span): Promise<Recount> {
  const byPlace = new Map<string, bigint>()
  const byAccount = new Map<string, bigint>()
  let requests = 0
  let cost = 0n
  const add = (record: RequestRecord): void => {
    const paid = BigInt(requestCost(record))
    for (const account of record.accounts ?? []) addTo(byAccount, account, paid)
    if (record.startedAtMs < span.fromMs) return
    requests++
    cost += paid
    for (const attempt of record.attempts) {
      const place = placeName(dayOf(record.startedAtMs), attempt.provider, attempt.model)
      addTo(byPlace, place, BigInt(attempt.cost.total))
    }
  }
  // A request may begin shortly before the period in which it is held.
  const seen = { fromMs: span.fromMs - HOUR_MS, toMs: span.toMs }
  let cursor: string | null = null
  do {
    const page = await ledger.requests({ ...seen, limit: PAGE, ...(cursor === null ? {} : { cursor }) })
    for (const record of page.records) add(record)
    cursor = page.nextCursor
  } while (cursor !== null)
  return { requests, cost, byPlace, byAccount }
}

function addTo(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount)
}

export type Aggregates = ReadonlyMap<string, bigint>

export async function readAggregates(ledger: Pick<LedgerStore, 'spend'>, span: Span): Promise<Aggregates> {
  const rows = await ledger.spend({ ...span, groupBy: ['day', 'provider', 'model'] })
  return new Map(
    rows.map(({ group, cost }) => [
      placeName(group['day'] ?? '', group['provider'] ?? null, group['model'] ?? null),
      cost,
    ]),
  )
}

/** `before` and `after` the recount: what lies between them is what was booked meanwhile. */
export function compareAggregates(
  { byPlace }: Recount,
  before: Aggregates,
  after: Aggregates,
): readonly Difference[] {
  const places = [...new Set([...byPlace.keys(), ...after.keys()])].toSorted()
  return places.flatMap((place): Difference | readonly [] => {
    const other = byPlace.get(place) ?? 0n
    const ledger = after.get(place) ?? 0n
    if (isBetween(other, before.get(place) ?? 0n, ledger)) return []
    const [day, provider, model] = parsePlace(place)
    const cause = other < ledger ? 'records_missing' : 'sums_missing'
    return { check: 'requests', subject: provider ?? 'no provider', day, model, ledger, other, cause }
  })
}

export function isBetween(amount: bigint, one: bigint, other: bigint): boolean {
  return one < other ? amount >= one && amount <= other : amount >= other && amount <= one
}

export function wholeHours({ fromMs, toMs }: Span): Span {
  return { fromMs: Math.floor(fromMs / HOUR_MS) * HOUR_MS, toMs: Math.ceil(toMs / HOUR_MS) * HOUR_MS }
}

function placeName(day: string, provider: string | null, model: string | null): string {
  return JSON.stringify([day, provider, model])
}

function parsePlace(place: string): readonly [string, string | null, string | null] {
  return JSON.parse(place)
}
