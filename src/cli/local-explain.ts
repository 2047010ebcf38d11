// A plan made in this process from the configuration alone, as a gateway would make it that has just started. The store is
// opened only where a key is asked about.

import { createDeclaredKeys } from '../access/declared-keys.ts'
import { findCaller } from '../access/find-caller.ts'
import { createChargeBook } from '../budgets/charges.ts'
import { createExplain, type Explanation } from '../chat/explain.ts'
import { createPlanServices } from '../chat/plan-services.ts'
import { createSchemaChecker } from '../chat/schema-checker.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { loadCatalogFile } from '../config/load-catalog-file.ts'
import { systemClock } from '../core/clock.ts'
import { openStore } from '../ledger/open-store.ts'
import type { BudgetStore, KeyStore } from '../ledger/store.ts'
import type { ExplainRequest } from './admin-backend.ts'
import { openPolicies } from './local-policies.ts'
import { loadOwnConfig } from './own-config.ts'

interface Asked extends Pick<ExplainRequest, 'raw' | 'keyId'> {
  readonly config: Config
}

export async function explainLocally(
  env: Environment,
  { allProviders, ...request }: ExplainRequest,
): Promise<Explanation> {
  const loaded = loadOwnConfig(env)
  const asked = { ...request, config: allProviders ? withEveryProvider(loaded) : loaded }
  if (request.keyId === null) return explainOn(NO_STORE, asked)
  const store = await openStore(loaded.store, { onDamaged: () => undefined, onSpent: () => undefined })
  try {
    return await explainOn(store, asked)
  } finally {
    await store.close()
  }
}

type StoreParts = Pick<BudgetStore, 'policies'> & Pick<KeyStore, 'key'>

const NO_STORE: StoreParts = {
  policies: () => Promise.resolve({ version: 0, documents: new Map() }),
  key: () => Promise.resolve(null),
}

async function explainOn(store: StoreParts, { config, raw, keyId }: Asked): Promise<Explanation> {
  const catalog = loadCatalogFile(config)
  const policies = openPolicies(store, config)
  const schemas = createSchemaChecker({ clock: systemClock })
  try {
    await policies.refresh()
    const explain = createExplain({
      ...createPlanServices({ config, catalog, clock: systemClock, onAlert: () => undefined }),
      schemas,
      charges: createChargeBook({
        policies,
        list: { noteKey: () => undefined },
        routeLimits: config.routeLimits,
      }),
    })
    const declared = createDeclaredKeys(config.keys)
    const caller = await findCaller({ keys: store, declared }, keyId)
    return await explain({ raw, headers: {}, caller })
  } finally {
    policies.close()
    await schemas.close()
  }
}

function withEveryProvider(config: Config): Config {
  const providers = [...config.providers].map(([name, provider]) => {
    const { isEnabled, offBecause } = provider
    return [name, { ...provider, isOn: isEnabled, offBecause: isEnabled ? null : offBecause }] as const
  })
  return { ...config, providers: new Map(providers) }
}
