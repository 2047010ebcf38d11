// A late end of a request that the sweep had booked: its estimate is taken back, exactly, and what really happened is booked.

import { type RequestRecord, requestCost } from '../core/request-record.ts'
import { type Booking, bookingsOf } from './booking.ts'

export interface Correction {
  /** The record as it is kept from now on. */
  readonly record: RequestRecord
  /** What is added to the sums; the amounts that are taken back are negative. */
  readonly bookings: readonly Booking[]
}

/** Null where there is nothing to correct: only an estimate gives way, and only to a real end. */
export function correctionOf(before: RequestRecord, record: RequestRecord): Correction | null {
  if (before.outcome !== 'expired' || record.outcome === 'expired') return null
  const takenBack = bookingsOf(before).map((booking) => ({
    ...booking,
    amounts: booking.amounts.map((amount) => 0 - amount),
  }))
  const estimateReplaced = {
    cost: requestCost(before),
    baseline: before.baseline,
    endedAtMs: before.endedAtMs,
  }
  // The accounts that counted the estimate count this; a hold of before budgets has none.
  return {
    record: { ...record, accounts: before.accounts, estimateReplaced },
    bookings: [...takenBack, ...bookingsOf(record)],
  }
}
