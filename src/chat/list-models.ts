// The names that a caller may ask for: tiers, auto, aliases and pinned models, as /v1/models lists them.

import type { Catalog } from '../catalog/catalog.ts'
import type { CallerPolicy } from '../core/caller.ts'
import type { ProviderId, Route } from '../core/route.ts'
import { TIERS, type Tier, tierRank } from '../core/tier.ts'
import { nameDenial, routeDenial, rulesForRoutes } from '../routing/model-rules.ts'
import type { ModelNames } from '../routing/requested-model.ts'

/** Whether a route is good enough for a tier. */
const reaches = (tier: Tier) => (route: Route) => tierRank(route.tier) >= tierRank(tier)

/** One entry in OpenAI's shape. */
export interface ListedModel {
  readonly id: string
  readonly object: 'model'
  /** Seconds since the epoch: when the catalogue was last checked. */
  readonly created: number
  readonly owned_by: string
}

export interface ListModelsOptions {
  readonly catalog: Catalog
  readonly names: ModelNames
  readonly isOn: (provider: ProviderId) => boolean
}

export function createListModels({
  catalog,
  names,
  isOn,
}: ListModelsOptions): (caller: CallerPolicy) => readonly ListedModel[] {
  const created = Date.parse(catalog.checked) / 1000
  const list = (id: string, owner: string): ListedModel => ({ id, object: 'model', created, owned_by: owner })
  const routes = catalog.routes.filter((route) => isOn(route.provider) && catalog.prices(route) !== null)

  return (caller) => {
    const mayUse = (name: string, fits: (route: Route) => boolean): boolean => {
      if (nameDenial(caller.models, name) !== null) return false
      const rules = rulesForRoutes(caller.models, name)
      return routes.some(
        (route) =>
          fits(route) &&
          isInJurisdiction(caller, catalog.jurisdiction(route)) &&
          routeDenial(rules, route) === null,
      )
    }
    const isBelowMost = (tier: Tier): boolean =>
      caller.maxTier === null || tierRank(tier) <= tierRank(caller.maxTier)

    const tiers = TIERS.filter((tier) => isBelowMost(tier) && mayUse(tier, reaches(tier)))
    const auto = mayUse('auto', () => true) ? ['auto'] : []
    const aliases = [...names.aliases].filter(
      ([alias, { tier }]) => isBelowMost(tier) && mayUse(alias, reaches(tier)),
    )
    const pinned = new Set(routes.map((route) => `${route.provider}/${route.model}`))
    return [
      ...[...tiers, ...auto, ...aliases.map(([alias]) => alias)].map((id) => list(id, 'farthing')),
      ...[...pinned]
        .filter((id) =>
          mayUse(id, (route) => `${route.provider}/${route.model}` === id && isBelowMost(route.tier)),
        )
        .map((id) => list(id, id.slice(0, id.indexOf('/')))),
    ]
  }
}

function isInJurisdiction({ jurisdictions }: CallerPolicy, jurisdiction: string): boolean {
  return jurisdictions === null || jurisdictions.includes(jurisdiction)
}
