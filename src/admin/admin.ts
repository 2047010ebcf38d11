// What an operator can do with a store, put together once: behind /admin, and behind the command line.

import type { RandomBytes } from '../access/api-key.ts'
import type { DeclaredKeys } from '../access/declared-keys.ts'
import type { Policies } from '../budgets/policies.ts'
import type { ContentArchive } from '../content/content-archive.ts'
import type { Clock } from '../core/clock.ts'
import type { ProviderName } from '../core/route.ts'
import type { Store } from '../ledger/store.ts'
import type { RouteList } from '../routing/decision.ts'
import {
  type Actor,
  type AuditLog,
  auditBudgets,
  auditContent,
  auditKeys,
  createAuditLog,
} from './audit-log.ts'
import { type BudgetAdmin, createBudgetAdmin } from './budget-admin.ts'
import { type ContentAdmin, createContentAdmin } from './content-admin.ts'
import { createKeyAdmin, type KeyAdmin } from './key-admin.ts'
import { createReconciler, type Reconcile, type ReconcilerOptions } from './reconcile/reconcile.ts'
import { createRequestLog, type RequestLog } from './request-log.ts'
import { createSpendReport, type SpendReporter } from './spend-report.ts'

export interface Admin {
  readonly keys: KeyAdmin
  readonly budgets: BudgetAdmin
  readonly spend: SpendReporter
  readonly requests: RequestLog
  readonly content: ContentAdmin
  readonly reconcile: Reconcile
  readonly audit: AuditLog
}

export interface AdminOptions
  extends Pick<ReconcilerOptions, 'requestsKeptMs' | 'notBooked' | 'onReconciled'> {
  readonly store: Store
  readonly policies: Policies
  readonly declared: DeclaredKeys
  readonly archive: ContentArchive
  readonly clock: Clock
  readonly random: RandomBytes
  readonly actor: Actor
  /** Those that a key may speak of. */
  readonly providers: () => readonly ProviderName[]
  /** Of the catalogue in force; null where there is none. */
  readonly routeList: () => RouteList | null
}

export function createAdmin(options: AdminOptions): Admin {
  const { store, declared, clock, random, providers, policies, archive, routeList } = options
  const audit = createAuditLog(options)
  const keys = createKeyAdmin({ keys: store, declared, clock, random, providers })
  const content = auditContent(createContentAdmin(archive, store), audit)
  return {
    keys: auditKeys(keys, audit),
    budgets: auditBudgets(createBudgetAdmin({ store, policies, keys, clock }), audit),
    spend: createSpendReport(store, clock),
    requests: createRequestLog({ ledger: store, content, routeList }),
    content,
    reconcile: createReconciler({ ...options, lastResetMs: audit.lastResetMs }),
    audit,
  }
}
