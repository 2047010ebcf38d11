// The store that the configuration names, opened by this process: the embedded one is shared by all processes of the machine.

import { randomBytes } from 'node:crypto'
import { createBudgetAdmin } from '../admin/budget-admin.ts'
import { createKeyAdmin } from '../admin/key-admin.ts'
import { createReconciler } from '../admin/reconcile/reconcile.ts'
import { createTraffic } from '../admin/replay/traffic.ts'
import { createRequestLog } from '../admin/request-log.ts'
import { createSpendReport } from '../admin/spend-report.ts'
import { createPolicies } from '../budgets/policies.ts'
import type { Environment } from '../config/environment.ts'
import { systemClock } from '../core/clock.ts'
import { openStore } from '../ledger/open-store.ts'
import type { AdminBackend } from './admin-backend.ts'
import { loadOwnConfig } from './own-config.ts'

/** A verb is done long before: it asks when it needs them. */
const POLICIES_EVERY_MS = 60_000

export async function openLocalBackend(env: Environment): Promise<AdminBackend> {
  const config = loadOwnConfig(env)
  const store = await openStore(config.store, {
    onDamaged: (path, lines) => process.stderr.write(`${path}: ${lines} damaged lines were set aside\n`),
    onSpent: () => undefined,
  })
  const keys = createKeyAdmin({
    keys: store,
    clock: systemClock,
    random: randomBytes,
    providers: () => [...config.providers.keys()],
  })
  const policies = createPolicies({
    store,
    configured: config.policies,
    everyMs: POLICIES_EVERY_MS,
    onError: (error) => {
      throw error
    },
  })
  const budgets = createBudgetAdmin({ store, policies, keys, clock: systemClock })
  const spend = createSpendReport(store, systemClock)
  const requests = createRequestLog(store, () => null)
  const reconcile = createReconciler({
    store,
    policies,
    clock: systemClock,
    requestsKeptMs: config.store.retention.requestsMs,
    notBooked: null,
    lastResetMs: async () => null,
  })
  return {
    createKey: keys.create,
    listKeys: async () => ({ object: 'list', data: await keys.list(), has_more: false }),
    updateKey: keys.patch,
    revokeKey: keys.revoke,
    listBudgets: async () => ({ object: 'list', data: await budgets.list(), has_more: false }),
    showBudgets: budgets.get,
    setBudgets: budgets.put,
    resetBudgets: budgets.reset,
    spend: spend.report,
    spendCsv: spend.csv,
    requests: requests.list,
    request: requests.get,
    reconcile,
    traffic: createTraffic(store, systemClock),
    close() {
      policies.close()
      return store.close()
    },
  }
}
