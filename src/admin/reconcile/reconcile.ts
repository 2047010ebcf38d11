// Do all the books say the same? The records of requests, the aggregates, the accounts of budgets, this process's counters, and
// what Prometheus has counted and the provider's own bill where they are given.

import type { Clock } from '../../core/clock.ts'
import { usdFromPico } from '../../core/money.ts'
import type { LedgerStore } from '../../ledger/store.ts'
import { fromStore } from '../from-store.ts'
import { readPeriod } from '../period.ts'
import type { Bill } from './bill.ts'
import { compareBill } from './bill-check.ts'
import {
  type BudgetSources,
  type CountedBudget,
  compareBudgets,
  isCovered,
  listCounted,
  readSpent,
} from './budget-check.ts'
import { alarming, CAUSES, type Cause, type Check, type Difference } from './difference.ts'
import {
  compareAggregates,
  type Recount,
  readAggregates,
  recount,
  type Span,
  wholeHours,
} from './ledger-check.ts'
import { type Counted, comparePrometheus } from './prometheus-check.ts'
import { parseReconcileInput } from './reconcile-input.ts'

export interface CheckView {
  readonly check: Check
  readonly subject: string
  readonly from: string
  readonly to: string
  readonly ledger_usd: number
  readonly other_usd: number
  readonly difference_usd: number
}

export interface DifferenceView {
  readonly check: Check
  readonly subject: string
  readonly day: string | null
  readonly model: string | null
  readonly ledger_usd: number
  readonly other_usd: number
  /** What the other one has more. */
  readonly difference_usd: number
  readonly cause: Cause
  readonly explanation: string
}

export interface ReconcileReport {
  readonly object: 'reconciliation'
  readonly from: string
  readonly to: string
  /** Nothing differs that somebody would have to look at. */
  readonly agrees: boolean
  /** What differs and is not expected to, without its signs. */
  readonly difference_usd: number
  readonly requests: number
  readonly checks: readonly CheckView[]
  /** Budgets whose present period began before the span: they were not held against anything. */
  readonly budgets_not_covered: readonly string[]
  readonly differences: readonly DifferenceView[]
}

export interface ReconcilerOptions extends BudgetSources {
  readonly store: BudgetSources['store'] & Pick<LedgerStore, 'requests' | 'spend'>
  readonly clock: Clock
  /** Records of requests are kept for so long; null: for good. */
  readonly requestsKeptMs: number | null
  /** Picodollars that this process counted and could book nowhere; null: this process serves nobody. */
  readonly notBooked: (() => bigint) | null
  /** When the budgets of a scope were reset last; null: nobody knows of it. */
  readonly lastResetMs: (scope: string, name: string) => Promise<number | null>
  /** Told what somebody has to look at, in picodollars, beside what could not be booked. */
  readonly onReconciled?: (difference: bigint) => void
}

/** `input`: a query or a body, as it came. */
export type Reconcile = (input: unknown) => Promise<ReconcileReport>

interface Found {
  readonly checks: readonly CheckView[]
  readonly differences: readonly Difference[]
}

export function createReconciler(options: ReconcilerOptions): Reconcile {
  const { clock, requestsKeptMs, onReconciled = () => undefined } = options
  return async (input) => {
    const nowMs = clock.now()
    const { bills, counted, ...asked } = parseReconcileInput(input)
    const keptFromMs = requestsKeptMs === null ? 0 : nowMs - requestsKeptMs
    const period = readPeriod(asked, nowMs)
    // What has no records any more cannot be counted again; the first day may be half gone.
    const span = wholeHours({ ...period, fromMs: Math.max(period.fromMs, keptFromMs) })
    const { recounted, notCovered, ...own } = await fromStore(checkOwn(options, span, nowMs))
    const ofBills = await Promise.all(bills.map((bill) => fromStore(checkBill(options, bill))))
    const ofCounted = await Promise.all(counted.map((one) => fromStore(checkCounted(options, one))))
    const found = [own, ...ofCounted, ...ofBills]
    const checks = found.flatMap((one) => one.checks)
    const differences = found.flatMap((one) => one.differences)
    const alarm = alarming(differences)
    onReconciled(alarming(differences.filter(({ check }) => check !== 'counters')))
    return {
      object: 'reconciliation',
      from: new Date(span.fromMs).toISOString(),
      to: new Date(span.toMs).toISOString(),
      agrees: alarm === 0n,
      difference_usd: usdFromPico(alarm),
      requests: recounted.requests,
      checks,
      budgets_not_covered: notCovered,
      differences: differences.map(viewDifference),
    }
  }
}

interface OwnFound extends Found {
  readonly recounted: Recount
  readonly notCovered: readonly string[]
}

/** Around the recount, everything is read before and after: requests end meanwhile. */
async function checkOwn(options: ReconcilerOptions, span: Span, nowMs: number): Promise<OwnFound> {
  const { store, notBooked } = options
  const budgets = await listCounted(options, nowMs)
  const covered = span.toMs >= nowMs ? budgets.filter((budget) => isCovered(budget, span)) : []
  const before = { aggregates: await readAggregates(store, span), spent: await readSpent(options, covered) }
  const recounted = await recount(store, span)
  const after = { aggregates: await readAggregates(store, span), spent: await readSpent(options, covered) }
  const resets = await readResets(options, covered)
  const ofRequests = compareAggregates(recounted, before.aggregates, after.aggregates)
  const ofBudgets = compareBudgets(
    recounted,
    { budgets: covered, before: before.spent, after: after.spent },
    (budget) => (resets.get(budget.account) ?? -1) >= (budget.sinceMs ?? 0),
  )
  const lost = notBooked?.() ?? 0n
  const counters: readonly Difference[] =
    lost === 0n
      ? []
      : [
          {
            check: 'counters',
            subject: 'this process',
            day: null,
            model: null,
            ledger: 0n,
            other: lost,
            cause: 'not_booked',
          },
        ]
  const whole = viewCheck(span, { check: 'requests', subject: 'all providers' })
  return {
    recounted,
    notCovered: budgets.filter((budget) => !covered.includes(budget)).map(({ subject }) => subject),
    checks: [
      whole(sum(after.aggregates.values()), recounted.cost),
      ...covered.map((budget, index) =>
        viewCheck(span, { check: 'budgets', subject: budget.subject })(
          recounted.byAccount.get(budget.account) ?? 0n,
          after.spent[index] ?? 0n,
        ),
      ),
      ...(notBooked === null
        ? []
        : [viewCheck(span, { check: 'counters', subject: 'this process' })(0n, lost)]),
    ],
    differences: [...ofRequests, ...ofBudgets, ...counters],
  }
}

async function readResets(
  { lastResetMs }: ReconcilerOptions,
  budgets: readonly CountedBudget[],
): Promise<ReadonlyMap<string, number>> {
  const resets = new Map<string, number>()
  for (const { account, scope, name } of budgets) {
    const atMs = await lastResetMs(scope, name)
    if (atMs !== null) resets.set(account, atMs)
  }
  return resets
}

async function checkCounted({ store }: ReconcilerOptions, counted: Counted): Promise<Found> {
  const span = wholeHours(counted)
  const rows = await store.spend({ ...span, groupBy: ['day', 'provider', 'model'] })
  const view = viewCheck(span, { check: 'prometheus', subject: 'all gateways' })
  return {
    checks: [view(sum(rows.map(({ cost }) => cost)), sum(counted.rows.map(({ cost }) => cost)))],
    differences: comparePrometheus(counted, rows),
  }
}

async function checkBill({ store }: ReconcilerOptions, bill: Bill): Promise<Found> {
  const { provider, lines } = bill
  const span = wholeHours(bill)
  const rows = await store.spend({ ...span, groupBy: ['provider', 'day', 'model'] })
  const own = rows.filter(({ group }) => group['provider'] === provider)
  const view = viewCheck(span, { check: 'bill', subject: provider })
  return {
    checks: lines.some(({ cost }) => cost !== null)
      ? [view(sum(own.map(({ cost }) => cost)), sum(lines.map(({ cost }) => cost ?? 0n)))]
      : [],
    differences: compareBill(bill, own),
  }
}

function viewCheck(
  { fromMs, toMs }: Span,
  of: Pick<CheckView, 'check' | 'subject'>,
): (ledger: bigint, other: bigint) => CheckView {
  return (ledger, other) => ({
    ...of,
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ledger_usd: usdFromPico(ledger),
    other_usd: usdFromPico(other),
    difference_usd: usdFromPico(other - ledger),
  })
}

function viewDifference({ ledger, other, cause, ...place }: Difference): DifferenceView {
  return {
    ...place,
    ledger_usd: usdFromPico(ledger),
    other_usd: usdFromPico(other),
    difference_usd: usdFromPico(other - ledger),
    cause,
    explanation: CAUSES[cause],
  }
}

function sum(amounts: Iterable<bigint>): bigint {
  let total = 0n
  for (const amount of amounts) total += amount
  return total
}
