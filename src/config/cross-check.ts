// What the schema cannot say: that the names in a configuration exist in the catalogue, and that requests could go somewhere.

import type { ProviderId, Route } from '../core/route.ts'
import { type Tier, tierRank } from '../core/tier.ts'
import type { Config } from './config.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'
import type { Report } from './environment.ts'
import { nearestName } from './nearest-name.ts'
import { formatPath } from './parse-file.ts'

/** The part of the catalogue that a configuration is judged by. */
export interface CheckedCatalog {
  readonly routes: readonly Pick<Route, 'provider' | 'tier'>[]
  /** `provider/model` of every model with a price, retired ones included. */
  readonly pricedModels: ReadonlySet<string>
  regions(provider: ProviderId): readonly string[]
}

/** Throws a ConfigError with every problem found. */
export function crossCheck(config: Config, catalog: CheckedCatalog): void {
  const problems: ConfigProblem[] = []
  const report: Report = (problem) => void problems.push(problem)
  checkRegions(config, catalog, report)
  checkBaselines(config, catalog, report)
  checkTiers(config, catalog, report)
  if (problems.length > 0) throw new ConfigError(problems)
}

function checkRegions({ providers }: Config, catalog: CheckedCatalog, report: Report): void {
  for (const { id, region } of providers.values()) {
    const known = catalog.regions(id)
    if (region === null || known.includes(region)) continue
    const wanted =
      known.length === 0 ? 'no region: the catalogue has none for it' : `one of ${known.join(', ')}`
    report({ path: `providers.${id}.region`, problem: `is ${JSON.stringify(region)}`, wanted })
  }
}

function checkBaselines({ routing }: Config, { pricedModels }: CheckedCatalog, report: Report): void {
  const check = (path: string, baseline: string | null): void => {
    if (baseline === null || pricedModels.has(baseline)) return
    const nearest = nearestName(baseline, pricedModels)
    const wanted = `a model that the catalogue has a price for${nearest === null ? '' : `, such as ${nearest}`}`
    report({ path, problem: `is ${JSON.stringify(baseline)}, which the catalogue has no price for`, wanted })
  }
  check('routing.baseline', routing.baseline)
  for (const [name, { baseline }] of routing.aliases) {
    check(formatPath(['routing', 'aliases', name, 'baseline']), baseline)
  }
}

/** A provider without a key may get one with the next start; a disabled one is meant to stay off. */
function checkTiers({ routing, providers }: Config, { routes }: CheckedCatalog, report: Report): void {
  const enabled = routes.filter(({ provider }) => providers.get(provider)?.isEnabled)
  if (enabled.length === 0) {
    const wanted = 'at least one provider of the catalogue that is not disabled'
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
