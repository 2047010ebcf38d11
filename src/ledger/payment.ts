// What the end of a request tells the accounts and rates that counted it.

import { type AttemptRecord, type RequestRecord, requestCost } from '../core/request-record.ts'
import { promptTokens } from '../core/usage.ts'

export interface Payment {
  readonly accounts: readonly string[]
  /** What the accounts pay, picodollars; below zero where an estimate was too high. */
  readonly amount: number
  /** By the entries under which rates count them: the request's id, and those of its attempts. */
  readonly tokens: Readonly<Record<string, number>>
}

/** Null where nothing counted it. */
export function paymentOf(record: RequestRecord): Payment | null {
  const { accounts, attempts, requestId } = record
  if (accounts === undefined) return null
  const tokens: Record<string, number> = { [requestId]: 0 }
  for (const attempt of attempts) {
    const count = tokensOf(attempt)
    tokens[attempt.attemptId] = count
    tokens[requestId] = (tokens[requestId] ?? 0) + count
  }
  return { accounts, amount: requestCost(record), tokens }
}

/** The accounts that paid the estimate pay the difference. */
export function differenceOf(before: RequestRecord, record: RequestRecord): Omit<Payment, 'tokens'> {
  return { accounts: before.accounts ?? [], amount: requestCost(record) - requestCost(before) }
}

function tokensOf({ usage, source }: AttemptRecord): number {
  return source === null ? 0 : promptTokens(usage) + usage.output
}
