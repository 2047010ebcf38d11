// Budgets and rates in the tables: what a hold takes from them and what its end gives back. Always inside a transaction,
// which is what makes one step of it for every process on the machine.

import {
  ACCOUNT_KEPT_MS,
  type Admission,
  accountEndMs,
  CONCURRENCY_RETRY_MS,
  type Demand,
  RATE_WINDOW_MS,
  type Rate,
  type RateDemand,
  type RateKind,
  type RateState,
  ROUTE_RATE,
} from '../admission.ts'
import { formatHold } from '../documents.ts'
import type { Hold } from '../store.ts'
import { readBigInt, type Statements } from './statements.ts'

/** What a hold was charged to, as it stands beside it in the table. */
interface Charges {
  readonly accounts: readonly string[]
  readonly rates: readonly ChargedRate[]
}

interface ChargedRate {
  readonly name: string
  readonly entry: string
  /** Its place of the concurrency is free again: another route was tried. */
  readonly isLeft?: boolean
}

export interface ChargedHold {
  readonly hold: Hold
  readonly demand: Demand
}

/** The hold stands in the table at once. */
export function admitHold(statements: Statements, { hold, demand }: ChargedHold): Admission {
  const { requestId } = hold
  if (readVersion(statements) !== demand.policyVersion) return { kind: 'stale' }
  if (statements.request.get(requestId) !== undefined) return { kind: 'held', amount: hold.amount, rates: [] }
  releaseHold(statements, requestId, null)
  const room = findRoom(statements, hold, demand)
  if (typeof room !== 'number') return room
  const { states, refusal } = findFull(statements, demand, new Set())
  if (refusal !== null) return refusal
  for (const { id } of demand.accounts) {
    if (statements.account.get(id) === undefined)
      statements.dropOldAccounts.run(demand.nowMs - ACCOUNT_KEPT_MS)
    statements.holdInAccount.run(id, accountEndMs(id), BigInt(room))
  }
  const charges: Charges = {
    accounts: demand.accounts.map(({ id }) => id),
    rates: demand.rates.map(({ name, entry }) => ({ name, entry })),
  }
  const text = formatHold({ ...hold, amount: room })
  statements.putChargedHold.run(requestId, hold.leaseUntilMs, BigInt(room), text, JSON.stringify(charges))
  return { kind: 'held', amount: room, rates: takeRates(statements, demand, states) }
}

export interface ChargedDispatch {
  readonly requestId: string
  readonly dispatch: string
  readonly demand: RateDemand
}

/** Leaves the rates of the route before. */
export function admitDispatch(
  statements: Statements,
  { requestId, dispatch, demand }: ChargedDispatch,
): Admission {
  const row = statements.chargesOf.get(requestId)
  if (row === undefined) return { kind: 'held', amount: 0, rates: [] }
  const before = readCharges(row['charges'])
  const last = before.rates.filter(({ name, isLeft }) => name.startsWith(ROUTE_RATE) && isLeft !== true)
  const { states, refusal } = findFull(statements, demand, new Set(last.map(({ name }) => name)))
  if (refusal !== null) return refusal
  for (const { name } of last) statements.leaveRate.run(name)
  const charges: Charges = {
    accounts: before.accounts,
    rates: [
      ...before.rates.map((rate) => (last.includes(rate) ? { ...rate, isLeft: true } : rate)),
      ...demand.rates.map(({ name, entry }) => ({ name, entry })),
    ],
  }
  statements.dispatch.run(dispatch, requestId)
  statements.replaceCharges.run(JSON.stringify(charges), requestId)
  return { kind: 'held', amount: 0, rates: takeRates(statements, demand, states) }
}

/** `tokens`: the real ones by entry; null where nothing was sent, and nothing counts. Unknown ids are ignored. */
export function releaseHold(
  statements: Statements,
  requestId: string,
  tokens: Readonly<Record<string, number>> | null,
): void {
  const row = statements.release.get(requestId)
  if (row === undefined || row['charges'] === null) return
  const { accounts, rates } = readCharges(row['charges'])
  const amount = readBigInt(row, 'amount')
  for (const id of accounts) statements.holdInAccount.run(id, accountEndMs(id), -amount)
  for (const { name, entry, isLeft } of rates) {
    if (isLeft !== true) statements.leaveRate.run(name)
    const counted = statements.rateEntry.get(name, entry)
    if (counted === undefined) continue
    const change = (tokens?.[entry] ?? 0) - Number(counted['tokens'])
    if (tokens === null) statements.dropRateEntry.run(name, entry)
    else statements.changeRateEntry.run(change, name, entry)
    statements.changeRate.run(tokens === null ? -1 : 0, change, name)
  }
}

/** The amount that there is room for, or the first account that has none. */
function findRoom(statements: Statements, hold: Hold, { accounts, leastAmount }: Demand): number | Admission {
  const states = accounts.map(({ id, limit }, account) => {
    const row = statements.account.get(id)
    const spent = row === undefined ? 0n : readBigInt(row, 'spent')
    const held = row === undefined ? 0n : readBigInt(row, 'held')
    return { account, limit, spent, held }
  })
  for (const amount of [hold.amount, leastAmount]) {
    const full = states.find(
      ({ limit, spent, held }) => limit !== null && spent + held + BigInt(amount) > limit,
    )
    if (full === undefined) return amount
    if (amount === leastAmount) {
      const { account, spent, held } = full
      return { kind: 'no_room', account, spent, held }
    }
  }
  throw new Error('a hold without an amount')
}

interface RatesFound {
  readonly states: readonly RateState[]
  readonly refusal: Admission | null
}

/** `own`: names under which this request has a place that it gives up. */
function findFull(
  statements: Statements,
  { nowMs, expectedTokens, rates }: RateDemand,
  own: ReadonlySet<string>,
): RatesFound {
  const found = rates.map((rate) => readRate(statements, rate.name, nowMs))
  const states = found.map(({ state }) => state)
  for (const [place, rate] of rates.entries()) {
    const { state, live } = found[place] ?? { state: { requests: 0, tokens: 0, resetMs: 0 }, live: 0 }
    const by = fullBy(rate, state, { live: live - (own.has(rate.name) ? 1 : 0), expectedTokens })
    if (by === null) continue
    const retryAfterMs = retryAfter(statements, rate, { by, state, nowMs, expectedTokens })
    return { states, refusal: { kind: 'limited', rate: place, by, retryAfterMs, rates: states } }
  }
  return { states, refusal: null }
}

/** What is older than a minute does not count any more. */
function readRate(
  statements: Statements,
  name: string,
  nowMs: number,
): { readonly state: RateState; readonly live: number } {
  const old = statements.dropOldRateEntries.all(name, nowMs - RATE_WINDOW_MS)
  if (old.length > 0) {
    const tokens = old.reduce((sum, row) => sum + Number(row['tokens']), 0)
    statements.changeRate.run(-old.length, -tokens, name)
  }
  const row = statements.rate.get(name)
  const last = statements.lastRateEntry.get(name)
  const state = {
    requests: Number(row?.['requests'] ?? 0),
    tokens: Number(row?.['tokens'] ?? 0),
    resetMs: last === undefined ? 0 : Number(last['at']) + RATE_WINDOW_MS - nowMs,
  }
  return { state, live: Number(row?.['live'] ?? 0) }
}

interface Load {
  readonly live: number
  readonly expectedTokens: number
}

function fullBy(
  rate: Rate,
  { requests, tokens }: RateState,
  { live, expectedTokens }: Load,
): RateKind | null {
  if (rate.concurrency !== null && live >= rate.concurrency) return 'concurrency'
  if (rate.requests !== null && requests >= rate.requests) return 'requests'
  return rate.tokens !== null && tokens + expectedTokens > rate.tokens ? 'tokens' : null
}

interface Full {
  readonly by: RateKind
  readonly state: RateState
  readonly nowMs: number
  readonly expectedTokens: number
}

function retryAfter(
  statements: Statements,
  { name, requests, tokens }: Rate,
  { by, state, nowMs, expectedTokens }: Full,
): number {
  if (by === 'concurrency') return CONCURRENCY_RETRY_MS
  let tooMany = by === 'requests' ? state.requests - (requests ?? 0) + 1 : 0
  let tooMuch = by === 'tokens' ? state.tokens + expectedTokens - (tokens ?? 0) : 0
  let waitMs = RATE_WINDOW_MS
  for (const row of statements.rateEntries.iterate(name)) {
    waitMs = Number(row['at']) + RATE_WINDOW_MS - nowMs
    tooMany -= 1
    tooMuch -= Number(row['tokens'])
    if (tooMany <= 0 && tooMuch <= 0) break
  }
  return waitMs
}

function takeRates(
  statements: Statements,
  { nowMs, expectedTokens, rates }: RateDemand,
  states: readonly RateState[],
): readonly RateState[] {
  return rates.map(({ name, entry }, place) => {
    statements.enterRate.run(name, expectedTokens)
    statements.addRateEntry.run(name, nowMs, entry, expectedTokens)
    const { requests, tokens } = states[place] ?? { requests: 0, tokens: 0 }
    return { requests: requests + 1, tokens: tokens + expectedTokens, resetMs: RATE_WINDOW_MS }
  })
}

function readVersion(statements: Statements): number {
  return Number(statements.policyVersion.get()?.['version'] ?? 0)
}

function readCharges(value: unknown): Charges {
  return typeof value === 'string' ? JSON.parse(value) : { accounts: [], rates: [] }
}
