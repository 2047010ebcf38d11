// One request into Redis: counted once, and an estimate of the sweep's replaced by what really happened.

import type { RequestRecord } from '../../core/request-record.ts'
import { bookingsOf } from '../booking.ts'
import { correctionOf } from '../correction.ts'
import { formatRecord, parseRecord } from '../documents.ts'
import type { Settlement } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { CORRECT, SETTLE } from './scripts.ts'

export async function settleRequest(
  client: RedisClient,
  names: Names,
  record: RequestRecord,
): Promise<Settlement> {
  const { requestId, startedAtMs } = record
  const bookings = bookingsOf(record)
  // Of one request, all are in the hour in which it began.
  const hourMs = bookings[0]?.hourMs ?? 0
  const before = await client.run(
    SETTLE,
    [
      names.leases,
      names.holds,
      names.held,
      names.request(requestId),
      names.requestsByStart,
      names.hours,
      names.sums(hourMs),
    ],
    [
      requestId,
      startedAtMs,
      formatRecord(record),
      hourMs,
      ...bookings.flatMap(({ dimensions, amounts }) => changes(dimensions, amounts).flat()),
    ],
  )
  return typeof before === 'string' ? correct(client, names, { record, before }) : 'booked'
}

interface Late {
  readonly record: RequestRecord
  /** The record that was booked before, as it is kept. */
  readonly before: string
}

async function correct(client: RedisClient, names: Names, { record, before }: Late): Promise<Settlement> {
  const correction = correctionOf(parseRecord(before), record)
  if (correction === null) return 'repeated'
  const hours = [...new Set(correction.bookings.map(({ hourMs }) => hourMs))]
  const isCorrected = await client.run(
    CORRECT,
    [
      names.request(record.requestId),
      names.requestsByStart,
      names.hours,
      ...hours.map((hourMs) => names.sums(hourMs)),
    ],
    [
      record.requestId,
      record.startedAtMs,
      before,
      formatRecord(correction.record),
      ...correction.bookings.flatMap(({ hourMs, dimensions, amounts }) =>
        changes(dimensions, amounts).flatMap((change) => [hours.indexOf(hourMs) + 1, hourMs, ...change]),
      ),
    ],
  )
  return isCorrected === 1 ? 'corrected' : 'repeated'
}

/** Field and amount of each sum that changes. */
function changes(dimensions: string, amounts: readonly number[]): readonly (readonly [string, string])[] {
  return amounts.flatMap((amount, index) =>
    amount === 0 ? [] : ([[`${index}${dimensions}`, String(amount)]] as const),
  )
}
