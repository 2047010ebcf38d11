// Which budgets and limits hold now: those that an operator set by hand, and where there are none, those of the
// configuration. The store is asked again and again; between two answers a hold finds out that it is out of date.

import type { BudgetScope, ScopePolicy } from '../core/budget.ts'
import { type BudgetStore, StoreUnavailableError } from '../ledger/store.ts'
import { parsePolicy } from './budget-document.ts'

export interface Policies {
  /** Of what was read last. */
  readonly version: number
  find(scope: BudgetScope, name: string): ScopePolicy | null
  /** By `scope:name`. */
  all(): ReadonlyMap<string, ScopePolicy>
  isStored(scope: BudgetScope, name: string): boolean
  /** Asks the store now. Rejects with StoreUnavailableError. */
  refresh(): Promise<void>
  /** The configuration changed. */
  configure(configured: ReadonlyMap<string, ScopePolicy>): void
  close(): void
}

export interface PoliciesOptions {
  readonly store: Pick<BudgetStore, 'policies'>
  /** By `scope:name`. */
  readonly configured: ReadonlyMap<string, ScopePolicy>
  readonly everyMs: number
  readonly onError: (error: unknown) => void
}

export function policyName(scope: BudgetScope, name: string): string {
  return `${scope}:${name}`
}

export function createPolicies({ store, everyMs, onError, ...options }: PoliciesOptions): Policies {
  let { configured } = options
  let version = 0
  let stored: ReadonlyMap<string, ScopePolicy> = new Map()
  let inForce = configured
  let asking: Promise<void> | null = null
  let next: Promise<void> | null = null

  const ask = async (): Promise<void> => {
    const found = await store.policies()
    if (found.version === version) return
    stored = new Map(Array.from(found.documents, ([name, text]) => [name, parsePolicy(name, text)]))
    inForce = new Map([...configured, ...stored])
    version = found.version
  }
  const start = (): Promise<void> => {
    const started = ask().finally(() => {
      if (asking === started) asking = null
    })
    asking = started
    return started
  }
  const refresh = (): Promise<void> => {
    if (asking === null) return start()
    // The answer that is on its way may be older than what the caller has just heard of.
    next ??= asking
      .catch(() => undefined)
      .then(() => {
        next = null
        return start()
      })
    return next
  }
  const timer = setInterval(() => {
    refresh().catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) onError(error)
    })
  }, everyMs)
  timer.unref()
  return {
    get version() {
      return version
    },
    find: (scope, name) => inForce.get(policyName(scope, name)) ?? null,
    all: () => inForce,
    isStored: (scope, name) => stored.has(policyName(scope, name)),
    refresh,
    configure(anew) {
      configured = anew
      inForce = new Map([...configured, ...stored])
    },
    close: () => clearInterval(timer),
  }
}
