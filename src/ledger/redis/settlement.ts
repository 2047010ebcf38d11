// One request into Redis: counted once, and an estimate of the sweep's replaced by what really happened.

import type { RequestRecord } from '../../core/request-record.ts'
import { bookingsOf } from '../booking.ts'
import { correctionOf } from '../correction.ts'
import { formatRecord, parseRecord } from '../documents.ts'
import { differenceOf, type Payment, paymentOf } from '../payment.ts'
import type { Settlement, SpentChange } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { CHARGED_SETTLE, CORRECT, SETTLE } from './scripts.ts'

export interface Books {
  readonly client: RedisClient
  readonly names: Names
  readonly onSpent: (change: SpentChange) => void
}

export async function settleRequest(books: Books, record: RequestRecord): Promise<Settlement> {
  const { client, names } = books
  const { requestId, startedAtMs } = record
  const bookings = bookingsOf(record)
  const payment = paymentOf(record)
  // Of one request, all are in the hour in which it began.
  const hourMs = bookings[0]?.hourMs ?? 0
  const keys = [
    names.leases,
    names.holds,
    names.held,
    names.request(requestId),
    names.requestsByStart,
    names.hours,
    names.sums(hourMs),
  ]
  const args = [requestId, startedAtMs, formatRecord(record), hourMs]
  const sums = bookings.flatMap(({ dimensions, amounts }) => changes(dimensions, amounts).flat())
  const before =
    payment === null
      ? await client.run(SETTLE, keys, [...args, ...sums])
      : await client.run(
          CHARGED_SETTLE,
          [...keys, names.accounts, names.accountEnds, names.live, names.rates],
          [...args, paymentText(payment), ...sums],
        )
  if (typeof before === 'string') return correct(books, { record, before })
  if (payment !== null) tellSpent(books, payment, before)
  return 'booked'
}

/** Amounts travel as text. */
function paymentText({ amount, ...rest }: Omit<Payment, 'tokens'>): string {
  return JSON.stringify({ ...rest, amount: String(amount) })
}

/** \`spent\`: what each account has spent since. */
function tellSpent({ onSpent }: Books, { accounts, amount }: Omit<Payment, 'tokens'>, spent: unknown): void {
  if (!Array.isArray(spent)) return
  for (const [index, account] of accounts.entries()) {
    const after = BigInt(String(spent[index]))
    onSpent({ account, before: after - BigInt(amount), after })
  }
}

interface Late {
  readonly record: RequestRecord
  /** The record that was booked before, as it is kept. */
  readonly before: string
}

async function correct(books: Books, { record, before }: Late): Promise<Settlement> {
  const { client, names } = books
  const estimate = parseRecord(before)
  const correction = correctionOf(estimate, record)
  if (correction === null) return 'repeated'
  const payment = differenceOf(estimate, record)
  const hours = [...new Set(correction.bookings.map(({ hourMs }) => hourMs))]
  const spent = await client.run(
    CORRECT,
    [
      names.request(record.requestId),
      names.requestsByStart,
      names.hours,
      names.accounts,
      names.accountEnds,
      ...hours.map((hourMs) => names.sums(hourMs)),
    ],
    [
      record.requestId,
      record.startedAtMs,
      before,
      formatRecord(correction.record),
      paymentText(payment),
      ...correction.bookings.flatMap(({ hourMs, dimensions, amounts }) =>
        changes(dimensions, amounts).flatMap((change) => [hours.indexOf(hourMs) + 1, hourMs, ...change]),
      ),
    ],
  )
  if (spent === 0) return 'repeated'
  tellSpent(books, payment, spent)
  return 'corrected'
}

/** Field and amount of each sum that changes. */
function changes(dimensions: string, amounts: readonly number[]): readonly (readonly [string, string])[] {
  return amounts.flatMap((amount, index) =>
    amount === 0 ? [] : ([[`${index}${dimensions}`, String(amount)]] as const),
  )
}
