// What the `model` of a request means: a tier, auto, an alias of the configuration, or exactly one model.

import { GatewayError } from '../core/errors.ts'
import type { Route } from '../core/route.ts'
import { isTier, TIERS, type Tier } from '../core/tier.ts'
import { nearestNames, quoted } from './nearest-names.ts'

export interface Alias {
  readonly tier: Tier
  /** `provider/model` that savings are measured against; null: the key's, else the configuration's. */
  readonly baseline: string | null
}

export type AliasTable = ReadonlyMap<string, Alias>

/** What the names stand for; a Catalog is one. */
export interface NamedRoutes {
  readonly routes: readonly Route[]
  /** Undefined when the catalogue has no such model, not even for its price. */
  model(modelId: string): { readonly prices: object | null } | undefined
  /** The model's route at its default effort. */
  defaultRoute(modelId: string): Route | null | undefined
}

/** The names that requests are read by. */
export interface ModelNames {
  readonly aliases: AliasTable
  readonly catalog: NamedRoutes
  /** What `auto` asks for. */
  readonly defaultTier: Tier
  /** `provider/model` that savings are measured against where neither the request nor its key says; null: none. */
  readonly baseline: string | null
}

export type RequestedModel =
  | { readonly kind: 'tier'; readonly tier: Tier }
  | { readonly kind: 'auto'; readonly tier: Tier }
  | {
      readonly kind: 'alias'
      readonly alias: string
      readonly tier: Tier
      readonly baselineModel: string | null
    }
  | { readonly kind: 'pinned'; readonly modelId: string }

const NEAREST_SHOWN = 4

/** Throws GatewayError `model_not_found`, naming the nearest forms. */
export function readRequestedModel(
  name: string,
  names: Pick<ModelNames, 'aliases' | 'catalog' | 'defaultTier'>,
): RequestedModel {
  if (isTier(name)) return { kind: 'tier', tier: name }
  if (name === 'auto') return { kind: 'auto', tier: names.defaultTier }
  const alias = names.aliases.get(name)
  if (alias !== undefined) {
    return { kind: 'alias', alias: name, tier: alias.tier, baselineModel: alias.baseline }
  }
  if (routesOfModel(names.catalog.routes, name).length > 0) return { kind: 'pinned', modelId: name }
  throw unknownModel(name, names)
}

/** The routes of `provider/model`, in the catalogue's order. */
export function routesOfModel(routes: readonly Route[], modelId: string): readonly Route[] {
  const slash = modelId.indexOf('/')
  if (slash === -1) return []
  const provider = modelId.slice(0, slash)
  const model = modelId.slice(slash + 1)
  return routes.filter((route) => route.model === model && route.provider === provider)
}

function unknownModel(
  name: string,
  { aliases, catalog }: Pick<ModelNames, 'aliases' | 'catalog'>,
): GatewayError {
  const models = catalog.routes.map((route) => `${route.provider}/${route.model}`)
  const nearest = nearestNames(name, [...TIERS, 'auto', ...aliases.keys(), ...models], NEAREST_SHOWN)
  const problem =
    catalog.model(name) === undefined
      ? `The model ${quoted(name)} does not exist here`
      : `The model ${quoted(name)} is in the catalogue for its price only and is not served`
  return new GatewayError(
    'model_not_found',
    `${problem}. Nearest: ${nearest.map(quoted).join(', ')}. ` +
      `Ask for a tier (${TIERS.join(', ')}), "auto", an alias or "provider/model"; GET /v1/models lists them.`,
    { param: 'model' },
  )
}
