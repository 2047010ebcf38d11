// The names that a caller may ask for: tiers, auto, aliases and pinned models, as /v1/models lists them.

import type { Catalog } from '../catalog/catalog.ts'
import type { CallerPolicy } from '../core/caller.ts'
import type { ProviderName, Route } from '../core/route.ts'
import { TIERS, type Tier, tierRank } from '../core/tier.ts'
import { nameDenial, routeDenial, rulesForRoutes } from '../routing/model-rules.ts'
import type { ModelNames } from '../routing/requested-model.ts'
import { keyRanks } from '../routing/requirements.ts'

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
  readonly isOn: (provider: ProviderName) => boolean
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
    const { least, most } = keyRanks(caller)
    const open = routes.filter(
      (route) =>
        tierRank(route.tier) >= least &&
        tierRank(route.tier) <= most &&
        isInJurisdiction(caller, catalog.jurisdiction(route)),
    )
    const mayUse = (name: string, fits: (route: Route) => boolean): boolean => {
      if (nameDenial(caller.models, name) !== null) return false
      const rules = rulesForRoutes(caller.models, name)
      return open.some((route) => fits(route) && routeDenial(rules, route) === null)
    }
    const reaches = (name: string, tier: Tier): boolean =>
      tierRank(tier) <= most && mayUse(name, (route) => tierRank(route.tier) >= tierRank(tier))

    const tiers = TIERS.filter((tier) => reaches(tier, tier))
    // The tier that `auto` takes is lowered where the key does not reach it.
    const auto = reaches('auto', TIERS[Math.min(tierRank(names.defaultTier), most)] ?? names.defaultTier)
    const aliases = [...names.aliases].filter(([alias, { tier }]) => reaches(alias, tier))
    // As a request is served that names the model and no effort.
    const pinned = [...new Set(routes.map(modelId))].filter((id) => {
      const usual = catalog.defaultRoute(id) ?? catalog.routes.find((route) => modelId(route) === id)
      return mayUse(id, (route) => route === usual)
    })
    return [
      ...[...tiers, ...(auto ? ['auto'] : []), ...aliases.map(([alias]) => alias)].map((id) =>
        list(id, 'farthing'),
      ),
      ...pinned.map((id) => list(id, id.slice(0, id.indexOf('/')))),
    ]
  }
}

function modelId({ provider, model }: Route): string {
  return `${provider}/${model}`
}

function isInJurisdiction({ jurisdictions }: CallerPolicy, jurisdiction: string): boolean {
  return jurisdictions === null || jurisdictions.includes(jurisdiction)
}
