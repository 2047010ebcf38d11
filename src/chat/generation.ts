// All that follows from one configuration and its catalogue. A reload makes the next generation: a request that is being
// served ends on the one it began on, and what was learned goes on.

import type { BudgetList } from '../budgets/budget-list.ts'
import { createChargeBook } from '../budgets/charges.ts'
import type { Policies } from '../budgets/policies.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import type { CircuitAlert } from '../upstream/circuits.ts'
import { createUpstream, type Upstream } from '../upstream/exchange.ts'
import { createPools } from '../upstream/pools.ts'
import { type Complete, createComplete } from './complete.ts'
import { createExplain, type Explain } from './explain.ts'
import { createListModels } from './list-models.ts'
import { createPlanServices, longestDeadline, type PlanServices } from './plan-services.ts'
import type { ChatServices } from './services.ts'

/** What every generation stands on. */
export interface LastingServices
  extends Pick<
    ChatServices,
    | 'ledger'
    | 'budgetListener'
    | 'leases'
    | 'turns'
    | 'schemas'
    | 'listener'
    | 'beginTrace'
    | 'clock'
    | 'random'
  > {
  readonly policies: Policies
  readonly budgetList: BudgetList
  readonly onAlert: (alert: CircuitAlert) => void
}

export interface Generation {
  readonly config: Config
  readonly catalog: Catalog
  readonly planning: PlanServices
  readonly upstream: Upstream
  readonly complete: Complete
  readonly explain: Explain
  readonly listModels: ReturnType<typeof createListModels>
}

export interface GenerationOptions {
  readonly config: Config
  readonly catalog: Catalog
  readonly lasting: LastingServices
  /** Null for the first. */
  readonly before: Generation | null
}

export function createGeneration({ config, catalog, lasting, before }: GenerationOptions): Generation {
  const { policies, budgetList, onAlert, ...services } = lasting
  const planning = createPlanServices({
    config,
    catalog,
    clock: lasting.clock,
    onAlert,
    before: before === null ? null : { config: before.config, services: before.planning },
  })
  const upstream = upstreamOf(config, before)
  const charges = createChargeBook({ policies, list: budgetList, routeLimits: config.routeLimits })
  const { names, endpoints } = planning
  return {
    config,
    catalog,
    planning,
    upstream,
    complete: createComplete({ ...services, ...planning, charges, upstream }),
    explain: createExplain({ ...planning, schemas: lasting.schemas, charges }),
    listModels: createListModels({ names, catalog, isOn: (provider) => endpoints.has(provider) }),
  }
}

/** Connections are kept, unless new ones are to be given up sooner or later than they were. */
function upstreamOf(config: Config, before: Generation | null): Upstream {
  const connectTimeoutMs = longestDeadline(config, 'connectMs')
  if (before !== null && longestDeadline(before.config, 'connectMs') === connectTimeoutMs)
    return before.upstream
  return createUpstream(createPools({ connectTimeoutMs }))
}
