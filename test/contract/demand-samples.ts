// What holds ask for in tests: accounts with a limit, rates under a name, and ordinary values for the rest.

import type { Admission, Demand, Rate } from '../../src/ledger/admission.ts'
import { NOON_MS } from './record-samples.ts'

export interface SampleDemand extends Partial<Omit<Demand, 'rates' | 'accounts'>> {
  /** Limits by account; null: only counted. */
  readonly accounts?: Readonly<Record<string, bigint | null>>
  readonly rates?: readonly (Partial<Rate> & Pick<Rate, 'name' | 'entry'>)[]
}

export function sampleDemand({ accounts = {}, rates = [], ...given }: SampleDemand): Demand {
  return {
    nowMs: NOON_MS,
    expectedTokens: 0,
    leastAmount: Number.MAX_SAFE_INTEGER,
    policyVersion: 0,
    ...given,
    accounts: Object.entries(accounts).map(([id, limit]) => ({ id, limit })),
    rates: rates.map((rate) => ({ requests: null, tokens: null, concurrency: null, ...rate })),
  }
}

/** The account of a team's budget on the day of the tests. */
export function dayAccount(name: string, day = 0): string {
  const from = Date.UTC(2026, 10, 24 + day)
  return `team:${name}:day:${from}-${from + 86_400_000}`
}

export function isHeld(admission: Admission): boolean {
  return admission.kind === 'held'
}
