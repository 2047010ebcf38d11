// What plans are made from, as a configuration and its catalogue give it: names, providers, prices, and what was learned.

import type { Catalog } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import type { Clock } from '../core/clock.ts'
import { createCacheAffinity } from '../routing/cache-affinity.ts'
import { createRouteList } from '../routing/decision.ts'
import { createOutputExpectation } from '../routing/expected-output.ts'
import { createTokenCorrection } from '../routing/prompt-tokens.ts'
import { createAllowances } from '../upstream/allowances.ts'
import { type CircuitAlert, createCircuits } from '../upstream/circuits.ts'
import { createRouteLatencies } from '../upstream/latency.ts'
import { buildProviders } from './endpoints.ts'
import type { ChatServices } from './services.ts'

export type PlanServices = Pick<
  ChatServices,
  | 'catalog'
  | 'names'
  | 'routeList'
  | 'providers'
  | 'endpoints'
  | 'circuits'
  | 'allowances'
  | 'learning'
  | 'policy'
  | 'clock'
>

export interface PlanServicesOptions {
  readonly config: Config
  readonly catalog: Catalog
  readonly clock: Clock
  readonly onAlert: (alert: CircuitAlert) => void
  /** Those of the configuration before: what they learned goes on. */
  readonly before?: { readonly config: Config; readonly services: PlanServices } | null
}

/** Conversations whose cached prefixes are remembered, each some 300 bytes. */
const MAX_CONVERSATIONS = 50_000

export function createPlanServices(options: PlanServicesOptions): PlanServices {
  const { config, catalog, clock, onAlert, before = null } = options
  const { registry, endpoints } = buildProviders(config)
  const learned = before?.services.learning
  return {
    catalog,
    names: { ...config.routing, catalog },
    routeList: createRouteList(catalog),
    providers: registry,
    endpoints,
    circuits:
      before !== null && isSame(before.config.circuit, config.circuit)
        ? before.services.circuits
        : createCircuits({ clock, ...config.circuit, onAlert }),
    allowances: before?.services.allowances ?? createAllowances(),
    learning: {
      tokens: learned?.tokens ?? createTokenCorrection(),
      output: createOutputExpectation(catalog.routes, learned?.output),
      cache: learned?.cache ?? createCacheAffinity({ maxEntries: MAX_CONVERSATIONS }),
      latencies: learned?.latencies ?? createRouteLatencies(),
    },
    policy: {
      maxAttempts: config.routing.maxAttempts,
      longestRequestMs: longestDeadline(config, 'totalMs'),
      defaultOutputCap: config.routing.defaultOutputCap,
      jsonSchema: config.routing.jsonSchema,
      resumesStreams: config.streams.resume,
      whenStoreAway: config.store.whenAway,
    },
    clock,
  }
}

/** Each provider may have deadlines of its own. */
export function longestDeadline({ providers }: Config, deadline: 'connectMs' | 'totalMs'): number {
  return Math.max(...[...providers.values()].map(({ deadlines }) => deadlines[deadline]))
}

function isSame(one: Config['circuit'], other: Config['circuit']): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
