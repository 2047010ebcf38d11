// One request into the tables: counted once, and an estimate of the sweep's replaced by what really happened.

import type { RequestRecord } from '../../core/request-record.ts'
import { type Booking, bookingsOf } from '../booking.ts'
import { correctionOf } from '../correction.ts'
import { parseRecord } from '../documents.ts'
import type { Settlement } from '../store.ts'
import { readText, type Statements } from './statements.ts'

/** What is to be done inside a transaction. All that can be computed before it, is. */
export function buildSettlement(statements: Statements, record: RequestRecord): () => Settlement {
  const text = JSON.stringify(record)
  const bookings = bookingsOf(record)
  const { requestId, startedAtMs } = record
  return () => {
    statements.release.run(requestId)
    if (Number(statements.addRequest.run(requestId, startedAtMs, text).changes) === 0)
      return correct(statements, record)
    for (const booking of bookings) add(statements, booking)
    return 'booked'
  }
}

function correct(statements: Statements, record: RequestRecord): Settlement {
  const row = statements.request.get(record.requestId)
  const correction = row === undefined ? null : correctionOf(parseRecord(readText(row, 'record')), record)
  if (correction === null) return 'repeated'
  for (const booking of correction.bookings) add(statements, booking)
  statements.replaceRequest.run(record.startedAtMs, JSON.stringify(correction.record), record.requestId)
  return 'corrected'
}

function add({ addSums }: Statements, { hourMs, dimensions, amounts }: Booking): void {
  addSums.run(hourMs, dimensions, ...amounts.map(BigInt))
}
