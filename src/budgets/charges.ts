// What counts a request of this caller: the budgets of everyone it belongs to, and the limits of its key and its team.

import { type BudgetScope, type Limits, ORG_NAME, type ScopePolicy } from '../core/budget.ts'
import type { CallerPolicy } from '../core/caller.ts'
import type { Route } from '../core/route.ts'
import { type Rate, ROUTE_RATE } from '../ledger/admission.ts'
import type { BudgetList } from './budget-list.ts'
import type { Policies } from './policies.ts'
import { ScopedBudget } from './scoped-budget.ts'

export interface Charges {
  readonly policyVersion: number
  readonly budgets: readonly ScopedBudget[]
  readonly limits: readonly NamedLimits[]
  /** A hard budget or a limit of tokens can be kept only where the output is bounded. */
  readonly needsOutputBound: boolean
  readonly hasHardBudget: boolean
}

export interface NamedLimits {
  /** `key:ID`, `team:NAME`. */
  readonly name: string
  readonly limits: Limits
}

export interface ChargeBook {
  /** Null: nothing counts the request, and nothing can refuse it. */
  of(caller: CallerPolicy): Charges | null
  /** Of the policies that are known now. */
  readonly policyVersion: number
  /** Whether any route has limits of its own. */
  readonly limitsRoutes: boolean
  /** The limits of its provider and of its model. */
  ratesOf(route: Route, entry: string): readonly Rate[]
  /** The store knows newer policies. */
  refresh(): Promise<void>
}

export interface ChargeBookOptions {
  readonly policies: Policies
  readonly list: Pick<BudgetList, 'noteKey'>
  /** By `provider` or `provider/model`. */
  readonly routeLimits: ReadonlyMap<string, Limits>
}

export function createChargeBook({ policies, list, routeLimits }: ChargeBookOptions): ChargeBook {
  // A caller is the same object for as long as its key was not read again.
  let known = new WeakMap<CallerPolicy, { readonly charges: Charges | null }>()
  let version = -1
  return {
    get policyVersion() {
      return policies.version
    },
    limitsRoutes: routeLimits.size > 0,
    of(caller) {
      if (policies.version !== version) {
        known = new WeakMap()
        version = policies.version
      }
      let found = known.get(caller)
      if (found === undefined) {
        found = { charges: buildCharges(policies, caller) }
        list.noteKey(caller.keyId, caller.budgets)
        known.set(caller, found)
      }
      return found.charges
    },
    ratesOf({ provider, model }, entry) {
      return [provider, `${provider}/${model}`].flatMap((name) => {
        const limits = routeLimits.get(name)
        return limits === undefined ? [] : [buildRate(ROUTE_RATE + name, entry, limits)]
      })
    },
    refresh: () => policies.refresh(),
  }
}

export function buildRate(name: string, entry: string, limits: Limits): Rate {
  return {
    name,
    entry,
    requests: limits.requestsPerMinute,
    tokens: limits.tokensPerMinute,
    concurrency: limits.concurrency,
  }
}

function buildCharges(policies: Policies, caller: CallerPolicy): Charges | null {
  const scopes: readonly (readonly [BudgetScope, string | null])[] = [
    ['org', ORG_NAME],
    ['team', caller.team],
    ['project', caller.project],
  ]
  const found = scopes.flatMap(([scope, name]) => {
    const policy = name === null ? null : policies.find(scope, name)
    return name === null || policy === null ? [] : [{ scope, name, policy }]
  })
  const own: ScopePolicy = { budgets: caller.budgets, limits: caller.limits }
  const all = [...found, { scope: 'key' as const, name: caller.keyId, policy: own }]
  const budgets = all.flatMap(({ scope, name, policy }) =>
    policy.budgets.map((budget) => new ScopedBudget(scope, name, budget)),
  )
  const limits = all
    .filter(({ policy }) => isLimited(policy.limits))
    .map(({ scope, name, policy }) => ({ name: `${scope}:${name}`, limits: policy.limits }))
  if (budgets.length === 0 && limits.length === 0) return null
  const hasHardBudget = budgets.some(({ budget }) => budget.isHard)
  const limitsTokens = limits.some((one) => one.limits.tokensPerMinute !== null)
  return {
    policyVersion: policies.version,
    budgets,
    limits,
    hasHardBudget,
    needsOutputBound: hasHardBudget || limitsTokens,
  }
}

function isLimited({ requestsPerMinute, tokensPerMinute, concurrency }: Limits): boolean {
  return requestsPerMinute !== null || tokensPerMinute !== null || concurrency !== null
}
