// Budgets and limits of org, teams, projects and keys: show, set, take back, reset. Those of a key stand in its record; the
// others in the store, before those of the configuration.

import { type PolicyDocument, parsePolicy } from '../budgets/budget-document.ts'
import { type Policies, policyName } from '../budgets/policies.ts'
import { ScopedBudget } from '../budgets/scoped-budget.ts'
import {
  BUDGET_SCOPES,
  type BudgetScope,
  buildBudget,
  buildLimits,
  type Limits,
  NO_LIMITS,
  ORG_NAME,
  type ScopePolicy,
} from '../core/budget.ts'
import type { Clock } from '../core/clock.ts'
import { GatewayError } from '../core/errors.ts'
import { formatUsd, usdFromPico } from '../core/money.ts'
import type { AccountState, BudgetStore } from '../ledger/store.ts'
import { policySchema } from './budget-input.ts'
import { fromStore } from './from-store.ts'
import type { KeyAdmin } from './key-admin.ts'
import { invalidInput, parseInput } from './parse-input.ts'

export interface BudgetView {
  readonly period: string
  readonly limit_usd: number
  readonly hard: boolean
  readonly time_zone: string
  readonly alert_at: readonly number[]
  /** Null for `total`. */
  readonly from: string | null
  readonly resets_at: string | null
  readonly spent_usd: number
  readonly held_usd: number
  /** Below zero where more is spent and held than the limit. */
  readonly free_usd: number
}

export interface PolicyView {
  readonly scope: BudgetScope
  readonly name: string
  /** Where it was set. */
  readonly source: 'admin' | 'configuration' | 'key'
  readonly budgets: readonly BudgetView[]
  readonly limits: { rpm: number | null; tpm: number | null; concurrency: number | null } | null
}

export interface BudgetAdmin {
  /** All but those of keys. */
  readonly list: () => Promise<readonly PolicyView[]>
  readonly get: (scope: string, name: string) => Promise<PolicyView>
  readonly put: (scope: string, name: string, body: unknown) => Promise<PolicyView>
  /** Gives what holds from then on. */
  readonly remove: (scope: string, name: string) => Promise<PolicyView>
  readonly reset: (scope: string, name: string) => Promise<PolicyView>
}

export interface BudgetAdminOptions {
  readonly store: BudgetStore
  readonly policies: Policies
  readonly keys: Pick<KeyAdmin, 'get' | 'patch'>
  readonly clock: Clock
}

interface Place {
  readonly scope: BudgetScope
  readonly name: string
}

interface Found extends ScopePolicy {
  readonly source: PolicyView['source']
}

const NOTHING: Omit<Found, 'source'> = { budgets: [], limits: NO_LIMITS }
const NAME = /^[A-Za-z0-9._-]{1,64}$/

export function createBudgetAdmin({ store, policies, keys, clock }: BudgetAdminOptions): BudgetAdmin {
  const find = async ({ scope, name }: Place): Promise<Found | null> => {
    if (scope === 'key') {
      const { budgets, limits } = await keys.get(name)
      return { budgets: budgets.map(buildBudget), limits: buildLimits(limits), source: 'key' }
    }
    await fromStore(policies.refresh())
    const policy = policies.find(scope, name)
    return policy === null
      ? null
      : { ...policy, source: policies.isStored(scope, name) ? 'admin' : 'configuration' }
  }
  const write = async ({ scope, name }: Place, document: PolicyDocument | null): Promise<void> => {
    const text = document === null ? null : JSON.stringify(document)
    // What could not be read again must not be written.
    if (text !== null) parsePolicy(name, text)
    await fromStore(store.putPolicy(policyName(scope, name), text))
  }
  const view = async (place: Place, found: Found): Promise<PolicyView> => {
    const nowMs = clock.now()
    const scoped = found.budgets.map((budget) => new ScopedBudget(place.scope, place.name, budget))
    const states = await fromStore(store.accounts(scoped.map((one) => one.accountAt(nowMs))))
    const budgets = scoped.map((one, index) =>
      viewBudget(one, states[index] ?? { spent: 0n, held: 0n }, nowMs),
    )
    return { ...place, source: found.source, budgets, limits: viewLimits(found.limits) }
  }

  return {
    async list() {
      await fromStore(policies.refresh())
      const places = [...policies.all().keys()].toSorted().map(readPolicyName)
      return Promise.all(places.map(async (place) => view(place, (await find(place)) ?? absent(place))))
    },
    async get(scope, name) {
      const place = readPlace(scope, name)
      return view(place, (await find(place)) ?? absent(place))
    },
    async put(scope, name, body) {
      const place = readPlace(scope, name)
      const { budgets, limits } = parseInput(policySchema, body)
      if (place.scope === 'key') await keys.patch(place.name, { budgets, limits })
      else await write(place, { budgets, limits })
      return view(place, (await find(place)) ?? absent(place))
    },
    async remove(scope, name) {
      const place = readPlace(scope, name)
      const found = (await find(place)) ?? absent(place)
      if (found.source === 'configuration') {
        throw invalidInput(
          null,
          `The budgets and limits of ${place.scope} "${place.name}" stand in the configuration; take them out there, or PUT others in their place`,
        )
      }
      if (place.scope === 'key') await keys.patch(place.name, { budgets: [], limits: null })
      else await write(place, null)
      return view(place, (await find(place)) ?? { ...NOTHING, source: 'admin' })
    },
    async reset(scope, name) {
      const place = readPlace(scope, name)
      const found = (await find(place)) ?? absent(place)
      const accounts = found.budgets.map((budget) =>
        new ScopedBudget(place.scope, place.name, budget).accountAt(clock.now()),
      )
      await fromStore(store.resetAccounts(accounts))
      return view(place, found)
    },
  }
}

function viewBudget(scoped: ScopedBudget, { spent, held }: AccountState, nowMs: number): BudgetView {
  const { period, limit, isHard, timeZone, alertAt } = scoped.budget
  const span = scoped.spanAt(nowMs)
  return {
    period,
    limit_usd: Number(formatUsd(limit)),
    hard: isHard,
    time_zone: timeZone,
    alert_at: alertAt,
    from: span === null ? null : new Date(span.fromMs).toISOString(),
    resets_at: span === null ? null : new Date(span.untilMs).toISOString(),
    spent_usd: usdFromPico(spent),
    held_usd: usdFromPico(held),
    free_usd: usdFromPico(limit - spent - held),
  }
}

function viewLimits({ requestsPerMinute, tokensPerMinute, concurrency }: Limits): PolicyView['limits'] {
  if (requestsPerMinute === null && tokensPerMinute === null && concurrency === null) return null
  return { rpm: requestsPerMinute, tpm: tokensPerMinute, concurrency }
}

function readPlace(scope: string, name: string): Place {
  const known = BUDGET_SCOPES.find((one) => one === scope)
  if (known === undefined) {
    throw new GatewayError(
      'not_found',
      `There are no budgets of "${shown(scope)}"; there are those of ${BUDGET_SCOPES.join(', ')}.`,
    )
  }
  if (known === 'org' && name !== ORG_NAME)
    throw new GatewayError('not_found', `There is one org, and its name here is "${ORG_NAME}".`)
  if (!NAME.test(name)) throw invalidInput('name', 'must be 1 to 64 letters, digits, ".", "_" or "-"')
  return { scope: known, name }
}

function readPolicyName(text: string): Place {
  const split = text.indexOf(':')
  return readPlace(text.slice(0, split), text.slice(split + 1))
}

function absent({ scope, name }: Place): never {
  throw new GatewayError(
    'not_found',
    `There are no budgets or limits of ${scope} "${shown(name)}"; PUT them at /admin/budgets/${scope}/${shown(name)}.`,
  )
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 100)).slice(1, -1)
}
