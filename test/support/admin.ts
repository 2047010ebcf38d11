// What an operator can do with a store alone, without anything in the configuration.

import { randomBytes } from 'node:crypto'
import { createDeclaredKeys } from '../../src/access/declared-keys.ts'
import { type Admin, type AdminOptions, createAdmin } from '../../src/admin/admin.ts'
import { createPolicies } from '../../src/budgets/policies.ts'
import { createContentArchive } from '../../src/content/content-archive.ts'
import { PROVIDER_IDS } from '../../src/core/route.ts'

export function testAdmin(options: Pick<AdminOptions, 'store' | 'clock'> & Partial<AdminOptions>): Admin {
  const policies = createPolicies({
    store: options.store,
    configured: new Map(),
    everyMs: 60_000,
    onError: (error) => {
      throw error
    },
  })
  return createAdmin({
    archive: createContentArchive({ ...options, adminKey: null, maxBytes: 1_000_000 }),
    policies,
    declared: createDeclaredKeys([]),
    random: randomBytes,
    actor: 'admin_api',
    providers: () => PROVIDER_IDS,
    routeList: () => null,
    requestsKeptMs: null,
    notBooked: null,
    ...options,
  })
}
