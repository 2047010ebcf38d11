// A hold that budgets and limits count: all of them let it in, or the client hears which does not, and when it will. A
// route whose own limits are used up only makes room for the next one.

import { buildRate, type Charges } from '../budgets/charges.ts'
import type { Pico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import { promptTokens } from '../core/usage.ts'
import { type Admission, type Demand, type RateDemand, ROUTE_RATE } from '../ledger/admission.ts'
import { StoreUnavailableError } from '../ledger/store.ts'
import type { Plan, PlannedRoute } from '../routing/plan.ts'
import { buildHold } from './dispatch.ts'
import { noPlace, noRoom, rateHeaders, rateLimited } from './no-room.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

export interface Held {
  /** What is set aside for all attempts together. */
  readonly amount: Pico
  /** With its accounts, and without the routes whose limits have no room. */
  readonly story: Story
}

export interface HoldAmounts {
  /** The worst case of all attempts together. */
  readonly all: Pico
  /** The client's own limit. */
  readonly most: Pico | null
}

/** Policies change by hand; whoever finds them changed this often in a row has found something else. */
const MAX_STALE = 10

export async function admit(services: ChatServices, told: Story, amounts: HoldAmounts): Promise<Held> {
  const { ledger, charges } = services
  let plan: Plan = told.plan
  let soonestMs = Number.POSITIVE_INFINITY
  for (let stale = 0; stale < MAX_STALE; ) {
    const counting = charges.of(told.caller)
    const accounts = accountsOf(counting, told.startedAtMs)
    const story = { ...told, plan, accounts }
    const demand = buildDemand(services, story, { counting, amounts })
    const admission = await ledger.hold(buildHold(services, story, amounts.all), demand)
    if (admission.kind === 'held') {
      story.client.addHeaders(rateHeaders(demand, admission.rates))
      return { amount: admission.amount, story }
    }
    if (admission.kind === 'stale') {
      await charges.refresh()
      stale++
      continue
    }
    if (admission.kind === 'no_room') {
      const budget = counting?.budgets[admission.account]
      if (budget === undefined) throw new Error('a refusal by a budget that was not asked')
      services.budgetListener.refused(budget, { spent: admission.spent, atMs: story.startedAtMs })
      throw noRoom(budget, story, admission)
    }
    const left = withoutFull(services, { plan, demand, admission })
    if (left === 'not a route') throw rateLimited(demand, admission)
    soonestMs = Math.min(soonestMs, admission.retryAfterMs)
    if (left === null) throw noPlace(soonestMs)
    plan = left
  }
  throw new StoreUnavailableError('the stored budgets change faster than they can be read')
}

/** Of the periods of that moment. */
export function accountsOf(counting: Charges | null, atMs: number): readonly string[] {
  return counting === null ? [] : counting.budgets.map((budget) => budget.accountAt(atMs))
}

/** The limits of a route, as far as it has any; undefined where no route has. */
export function routeDemand(
  { charges, clock }: ChatServices,
  { route, usage }: PlannedRoute,
  entry: string,
): RateDemand | undefined {
  if (!charges.limitsRoutes) return undefined
  return { nowMs: clock.now(), expectedTokens: expectedTokens(usage), rates: charges.ratesOf(route, entry) }
}

interface Asked {
  readonly counting: Charges | null
  readonly amounts: HoldAmounts
}

function buildDemand(services: ChatServices, story: Story, { counting, amounts }: Asked): Demand {
  const { requestId, plan, accounts = [] } = story
  const { route, usage } = plan.at(0)
  // With less than this, nothing could be sent at all.
  const least = Math.min(plan.worstCaseAt(0), amounts.most ?? amounts.all, amounts.all)
  return {
    nowMs: services.clock.now(),
    expectedTokens: expectedTokens(usage),
    leastAmount: least,
    policyVersion: counting?.policyVersion ?? services.charges.policyVersion,
    accounts: accounts.map((id, index) => {
      const budget = counting?.budgets[index]?.budget
      return { id, limit: budget?.isHard === true ? budget.limit : null }
    }),
    rates: [
      ...(counting?.limits ?? []).map(({ name, limits }) => buildRate(name, requestId, limits)),
      ...services.charges.ratesOf(route, `${requestId}.1`),
    ],
  }
}

function expectedTokens(usage: PlannedRoute['usage']): number {
  return Math.ceil(promptTokens(usage) + usage.output)
}

interface Full {
  readonly plan: Plan
  readonly demand: Demand
  readonly admission: Extract<Admission, { kind: 'limited' }>
}

/** The plan without the routes that the full limit counts; null where it counts all of them. */
function withoutFull(
  { charges }: ChatServices,
  { plan, demand, admission }: Full,
): Plan | null | 'not a route' {
  const name = demand.rates[admission.rate]?.name ?? ''
  if (!name.startsWith(ROUTE_RATE)) return 'not a route'
  const isCounted = (route: Route): boolean => charges.ratesOf(route, '').some((rate) => rate.name === name)
  return plan.without(isCounted)
}
