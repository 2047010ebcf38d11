// The store that the configuration names, opened by this process: the embedded one is shared by all processes of the machine.

import { randomBytes } from 'node:crypto'
import { createDeclaredKeys } from '../access/declared-keys.ts'
import { createAdmin } from '../admin/admin.ts'
import { createTraffic } from '../admin/replay/traffic.ts'
import type { Environment } from '../config/environment.ts'
import { createContentArchive } from '../content/content-archive.ts'
import { systemClock } from '../core/clock.ts'
import { openStore } from '../ledger/open-store.ts'
import type { AdminBackend } from './admin-backend.ts'
import { openPolicies } from './local-policies.ts'
import { loadOwnConfig } from './own-config.ts'

export async function openLocalBackend(env: Environment): Promise<AdminBackend> {
  const config = loadOwnConfig(env)
  const store = await openStore(config.store, {
    onDamaged: (path, lines) => process.stderr.write(`${path}: ${lines} damaged lines were set aside\n`),
    onSpent: () => undefined,
  })
  const policies = openPolicies(store, config)
  const archive = createContentArchive({
    ...config.content,
    adminKey: config.admin.key,
    store,
    clock: systemClock,
  })
  const { keys, budgets, spend, requests, content, reconcile, audit } = createAdmin({
    store,
    policies,
    declared: createDeclaredKeys(config.keys),
    archive,
    clock: systemClock,
    random: randomBytes,
    actor: 'command_line',
    providers: () => [...config.providers.keys()],
    routeList: () => null,
    requestsKeptMs: config.store.retention.requestsMs,
    notBooked: null,
  })
  return {
    createKey: keys.create,
    listKeys: async () => ({ object: 'list', data: await keys.list(), has_more: false }),
    updateKey: keys.patch,
    rotateKey: keys.rotate,
    revokeKey: keys.revoke,
    listBudgets: async () => ({ object: 'list', data: await budgets.list(), has_more: false }),
    showBudgets: budgets.get,
    setBudgets: budgets.put,
    resetBudgets: budgets.reset,
    spend: spend.report,
    spendCsv: spend.csv,
    requests: requests.list,
    request: requests.get,
    forgetContent: content.forget,
    forgetTeamContent: content.forgetTeam,
    audit: audit.list,
    reconcile,
    traffic: createTraffic(store, systemClock),
    close() {
      policies.close()
      return store.close()
    },
  }
}
