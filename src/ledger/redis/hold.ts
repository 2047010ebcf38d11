// Holds in Redis: one script each, and a larger one where budgets or rates count the request.

import type { Admission, Demand, RateDemand, RateState } from '../admission.ts'
import { ROUTE_RATE } from '../admission.ts'
import { formatHold } from '../documents.ts'
import type { Dispatch, Hold } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { CHARGED_HOLD, CHARGED_REDISPATCH, HOLD, REDISPATCH } from './scripts.ts'

export async function takeHold(
  client: RedisClient,
  names: Names,
  { hold, demand }: { readonly hold: Hold; readonly demand: Demand | undefined },
): Promise<Admission> {
  const { requestId, leaseUntilMs, amount } = hold
  const keys = [names.leases, names.holds, names.held, names.request(requestId)]
  const args = [requestId, leaseUntilMs, String(amount), formatHold(hold)]
  if (demand === undefined) {
    await client.run(HOLD, keys, args)
    return { kind: 'held', amount, rates: [] }
  }
  const { accounts, accountEnds, live, rates, policies } = names
  const answer = await client.run(
    CHARGED_HOLD,
    [...keys, accounts, accountEnds, live, rates, policies],
    [...args, String(demand.leastAmount), JSON.stringify(demandText(demand))],
  )
  return readAdmission(answer)
}

export async function redispatchHold(
  client: RedisClient,
  names: Names,
  { requestId, dispatch, rates }: Redispatch,
): Promise<Admission> {
  const args = [requestId, JSON.stringify(dispatch)]
  if (rates === undefined) {
    await client.run(REDISPATCH, [names.holds], args)
    return { kind: 'held', amount: 0, rates: [] }
  }
  const answer = await client.run(
    CHARGED_REDISPATCH,
    [names.holds, names.live, names.rates],
    [...args, ROUTE_RATE, JSON.stringify(rateText(rates))],
  )
  return readAdmission(answer)
}

interface Redispatch {
  readonly requestId: string
  readonly dispatch: Dispatch
  readonly rates: RateDemand | undefined
}

/** Limits beyond what a Lua number holds exactly travel as text; what is not limited is left out. */
function demandText({ accounts, policyVersion, ...demand }: Demand): object {
  return {
    ...rateText(demand),
    version: String(policyVersion),
    accounts: accounts.map(({ id, limit }) => (limit === null ? { id } : { id, limit: String(limit) })),
  }
}

function rateText({ nowMs, expectedTokens, rates }: RateDemand): object {
  return {
    now: nowMs,
    tokens: expectedTokens,
    rates: rates.map(({ name, entry, requests, tokens, concurrency }) => ({
      name,
      entry,
      ...(requests === null ? {} : { requests }),
      ...(tokens === null ? {} : { tokens }),
      ...(concurrency === null ? {} : { concurrency }),
    })),
  }
}

function readAdmission(answer: unknown): Admission {
  const values: readonly unknown[] = Array.isArray(answer) ? answer : []
  switch (values[0]) {
    case 'held':
      return { kind: 'held', amount: Number(values[1]), rates: readStates(values.slice(2)) }
    case 'no_room': {
      const spent = BigInt(String(values[2]))
      return { kind: 'no_room', account: Number(values[1]), spent, held: BigInt(String(values[3])) - spent }
    }
    case 'limited':
      return {
        kind: 'limited',
        rate: Number(values[1]),
        by: readKind(values[2]),
        retryAfterMs: Number(values[3]),
        rates: readStates(values.slice(4)),
      }
    case 'stale':
      return { kind: 'stale' }
    default:
      throw new TypeError(`not the answer to a hold: ${String(values[0])}`)
  }
}

function readKind(value: unknown): 'requests' | 'tokens' | 'concurrency' {
  return value === 'requests' || value === 'tokens' ? value : 'concurrency'
}

function readStates(values: readonly unknown[]): readonly RateState[] {
  const states: RateState[] = []
  for (let index = 0; index + 2 < values.length; index += 3) {
    states.push({
      requests: Number(values[index]),
      tokens: Number(values[index + 1]),
      resetMs: Number(values[index + 2]),
    })
  }
  return states
}
