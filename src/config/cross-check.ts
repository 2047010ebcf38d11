// What the schema cannot say: that the names in a configuration exist in the catalogue, and that requests could go somewhere.

import type { Catalog } from '../catalog/catalog.ts'
import { type Tier, tierRank } from '../core/tier.ts'
import type { Config } from './config.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import type { Report } from './environment.ts'
import { nearestName } from './nearest-name.ts'
import { formatPath } from './parse-file.ts'

export type CheckedCatalog = Pick<Catalog, 'routes' | 'models' | 'model' | 'prices' | 'provider'>

/** Throws a ConfigError with every problem found. */
export function crossCheck(config: Config, catalog: CheckedCatalog): void {
  const problems: ConfigProblem[] = []
  const report: Report = (problem) => void problems.push(problem)
  checkRegions(config, catalog, report)
  checkBaselines(config, catalog, report)
  checkTiers(config, catalog, report)
  checkRouteLimits(config, catalog, report)
  if (problems.length > 0) throw new ConfigError(problems)
}

function checkRegions({ providers }: Config, catalog: CheckedCatalog, report: Report): void {
  for (const { id, region } of providers.values()) {
    const { regions } = catalog.provider(id)
    if (region === null || regions.includes(region)) continue
    const wanted = `one of ${regions.join(', ')}`
    report({ path: `providers.${id}.region`, problem: `is ${JSON.stringify(region)}`, wanted })
  }
}

/** An alias may name a model without a price in the region that is configured: then the general baseline holds. */
function checkBaselines({ routing }: Config, catalog: CheckedCatalog, report: Report): void {
  const names = catalog.models.map(({ provider, id }) => `${provider}/${id}`)
  const check = (path: string, baseline: string, mustHavePrice: boolean): void => {
    const model = catalog.model(baseline)
    if (model !== undefined && (!mustHavePrice || model.prices !== null)) return
    const problem =
      model === undefined ? 'which the catalogue does not have' : 'which has no price in its region'
    const nearest = model === undefined ? nearestName(baseline, names) : null
    const wanted = `a model of the catalogue${nearest === null ? '' : `, such as ${nearest}`}`
    report({ path, problem: `is ${JSON.stringify(baseline)}, ${problem}`, wanted })
  }
  check('routing.baseline', routing.baseline, true)
  for (const [name, { baseline }] of routing.aliases) {
    if (baseline !== null) check(formatPath(['routing', 'aliases', name, 'baseline']), baseline, false)
  }
}

function checkRouteLimits({ routeLimits }: Config, { models }: CheckedCatalog, report: Report): void {
  const names = new Set(models.flatMap(({ provider, id }) => [provider, `${provider}/${id}`]))
  for (const name of routeLimits.keys()) {
    if (names.has(name)) continue
    const nearest = nearestName(name, [...names])
    const wanted = `a provider or a model of the catalogue${nearest === null ? '' : `, such as ${nearest}`}`
    report({ path: formatPath(['limits', 'routes', name]), problem: 'is neither', wanted })
  }
}

/** A provider without a key may get one with the next start; a disabled one is meant to stay off. */
function checkTiers({ routing, providers }: Config, catalog: CheckedCatalog, report: Report): void {
  const enabled = catalog.routes.filter(
    (route) => providers.get(route.provider)?.isEnabled && catalog.prices(route) !== null,
  )
  if (enabled.length === 0) {
    const wanted = 'at least one provider with a priced route that is not disabled'
    return report({ path: 'providers', problem: 'leave nothing to route to', wanted })
  }
  const highest = Math.max(...enabled.map(({ tier }) => tierRank(tier)))
  const check = (path: string, tier: Tier): void => {
    if (tierRank(tier) <= highest) return
    const wanted = 'a tier that a route of an enabled provider has'
    report({ path, problem: `is ${tier}, above every route of the enabled providers`, wanted })
  }
  check('routing.default_tier', routing.defaultTier)
  for (const [name, { tier }] of routing.aliases)
    check(formatPath(['routing', 'aliases', name, 'tier']), tier)
}
