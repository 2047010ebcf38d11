// Two sums of the same thing that are not equal: where, by how much, and why.

/** What is held against the ledger's aggregates, or against what its accounts say. */
export type Check = 'requests' | 'budgets' | 'counters' | 'prometheus' | 'bill'

export const CAUSES = {
  records_missing: 'the aggregates have spend that no record of a request has',
  sums_missing: 'records of requests have spend that the aggregates have not',
  reset: 'the budget was reset in its present period',
  counter_differs: 'the budget has counted another sum than its requests cost',
  not_booked: 'this process counted spend that it could book nowhere; the log has a line for each request',
  edges:
    'not more than was counted within 20 minutes of a midnight or an end of the span: requests begin before they are counted',
  estimate_replaced: 'not more than the counted estimates that real spend replaced',
  not_scraped: 'a gateway ended in that span: what it counted after its last scrape nobody knows',
  not_counted: 'Prometheus knows less, though no gateway ended: one is not scraped, or Prometheus was away',
  counted_more:
    'Prometheus knows of spend that is not in the ledger: it scrapes gateways with another store, or spend was lost',
  not_in_bill: 'the provider has not billed it: its export is late, or of another account',
  not_in_ledger: 'the provider billed what this gateway never sent: the account is used elsewhere, too',
  tokens: 'the provider counted other tokens',
  price: 'the same tokens at another price: look at the catalogue, discounts and service tiers',
  estimated: 'not more than what the ledger had to estimate, because no provider reported it',
  rounding: 'within the decimals that the provider writes',
  other_charge: 'a charge that is not for tokens',
  topped_up: 'the balance rose: say what was paid in with topped_up_usd',
  unexplained: 'none of the causes that can be told from these numbers',
} as const
export type Cause = keyof typeof CAUSES

/** Those that nobody has to look at. */
const EXPECTED: readonly Cause[] = [
  'rounding',
  'estimated',
  'reset',
  'other_charge',
  'edges',
  'estimate_replaced',
  'not_scraped',
]

export interface Difference {
  readonly check: Check
  /** What it is of, beside day and model: a provider, or `team search, month`. */
  readonly subject: string
  readonly day: string | null
  readonly model: string | null
  readonly ledger: bigint
  readonly other: bigint
  readonly cause: Cause
}

/** What somebody has to look at, without its sign. */
export function alarming(differences: readonly Difference[]): bigint {
  return differences
    .filter(({ cause }) => !EXPECTED.includes(cause))
    .reduce((sum, { ledger, other }) => sum + magnitude(other - ledger), 0n)
}

export function magnitude(amount: bigint): bigint {
  return amount < 0n ? -amount : amount
}
