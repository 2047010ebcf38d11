// One request into the tables: counted once, and an estimate of the sweep's replaced by what really happened.

import type { RequestRecord } from '../../core/request-record.ts'
import { bookingsOf } from '../booking.ts'
import { correctionOf } from '../correction.ts'
import { formatFacts, formatRecord, joinDecision, parseRecord } from '../documents.ts'
import type { Settlement } from '../store.ts'
import { readText, type Statements } from './statements.ts'
import type { SumsBuffer } from './sums-buffer.ts'

export interface Books {
  readonly statements: Statements
  readonly sums: SumsBuffer
}

export interface SettlementToBook {
  /** The record as it is kept. */
  readonly text: string
  /** The record without its decision. */
  readonly facts: string
  /** To be run inside a transaction. */
  book(): Settlement
}

/** All that can be computed before the transaction, is. */
export function buildSettlement({ statements, sums }: Books, record: RequestRecord): SettlementToBook {
  const facts = formatFacts(record)
  const text = joinDecision(facts, record.decision)
  const bookings = bookingsOf(record)
  const { requestId, startedAtMs } = record
  const book = (): Settlement => {
    if (Number(statements.addRequest.run(requestId, startedAtMs, text).changes) === 0)
      return correct({ statements, sums }, record)
    for (const booking of bookings) sums.add(booking)
    return 'booked'
  }
  return { text, facts, book }
}

function correct({ statements, sums }: Books, record: RequestRecord): Settlement {
  const row = statements.request.get(record.requestId)
  const correction = row === undefined ? null : correctionOf(parseRecord(readText(row, 'record')), record)
  if (correction === null) return 'repeated'
  for (const booking of correction.bookings) sums.add(booking)
  statements.replaceRequest.run(record.startedAtMs, formatRecord(correction.record), record.requestId)
  return 'corrected'
}
