// One request into the tables: counted once, and an estimate of the sweep's replaced by what really happened.

import type { RequestRecord } from '../../core/request-record.ts'
import { accountEndMs } from '../admission.ts'
import { bookingsOf } from '../booking.ts'
import { correctionOf } from '../correction.ts'
import { formatFacts, formatRecord, joinDecision, parseRecord } from '../documents.ts'
import { differenceOf, type Payment, paymentOf } from '../payment.ts'
import type { Settlement, SpentChange } from '../store.ts'
import { releaseHold } from './admission.ts'
import { readBigInt, readText, type Statements } from './statements.ts'
import type { SumsBuffer } from './sums-buffer.ts'

export interface Books {
  readonly statements: Statements
  readonly sums: SumsBuffer
  /** Told of each account that a settlement changed. */
  readonly onSpent: (change: SpentChange) => void
}

export interface SettlementToBook {
  /** The record as it is kept. */
  readonly text: string
  /** The record without its decision. */
  readonly facts: string
  /** The hold's end and the booking, to be run inside a transaction. */
  book(): Settlement
}

export interface Ended {
  readonly record: RequestRecord
  /** Its hold is there, or may be. */
  readonly isInTable: boolean
}

/** All that can be computed before the transaction, is. */
export function buildSettlement(books: Books, { record, isInTable }: Ended): SettlementToBook {
  const { statements, sums } = books
  const facts = formatFacts(record)
  const text = joinDecision(facts, record.decision)
  const bookings = bookingsOf(record)
  const { requestId, startedAtMs } = record
  const payment = paymentOf(record)
  const book = (): Settlement => {
    if (isInTable) releaseHold(statements, requestId, payment?.tokens ?? null)
    if (Number(statements.addRequest.run(requestId, startedAtMs, text).changes) === 0)
      return correct(books, record)
    for (const booking of bookings) sums.add(booking)
    if (payment !== null) pay(books, payment)
    return 'booked'
  }
  return { text, facts, book }
}

function correct(books: Books, record: RequestRecord): Settlement {
  const { statements, sums } = books
  const row = statements.request.get(record.requestId)
  const before = row === undefined ? null : parseRecord(readText(row, 'record'))
  const correction = before === null ? null : correctionOf(before, record)
  if (before === null || correction === null) return 'repeated'
  for (const booking of correction.bookings) sums.add(booking)
  statements.replaceRequest.run(record.startedAtMs, formatRecord(correction.record), record.requestId)
  pay(books, differenceOf(before, record))
  return 'corrected'
}

function pay({ statements, onSpent }: Books, { accounts, amount }: Omit<Payment, 'tokens'>): void {
  const paid = BigInt(amount)
  for (const account of accounts) {
    const row = statements.spendFromAccount.get(account, accountEndMs(account), paid)
    if (row === undefined) continue
    const after = readBigInt(row, 'spent')
    // Not inside the transaction: whoever listens may take his time.
    queueMicrotask(() => onSpent({ account, before: after - paid, after }))
  }
}
