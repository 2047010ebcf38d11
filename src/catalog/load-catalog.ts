// catalog.yaml → Catalog, or a CatalogError that names every problem at once.

import { hash } from 'node:crypto'
import { PROVIDER_IDS, type ProviderName, type Route } from '../core/route.ts'
import { buildCalendars, holidayWarnings } from './build-calendars.ts'
import { buildModel } from './build-model.ts'
import type { Catalog, Model, ProviderFacts } from './catalog.ts'
import { CatalogError, type CatalogProblem, type ReportProblem } from './catalog-error.ts'
import { modelWarnings } from './model-warnings.ts'
import { parseCatalog } from './parse-catalog.ts'
import type { CatalogFile } from './schema.ts'
import { buildServedModels, factsOfServed, type ServedProvider } from './served-models.ts'

export interface CatalogOptions {
  /** The region configured for a provider; absent or null: the catalogue's default. */
  readonly regions?: ReadonlyMap<ProviderName, string | null>
  /** Providers that stand in the configuration, and not in the catalogue's file. */
  readonly served?: readonly ServedProvider[]
}

/** Throws CatalogError. */
export function loadCatalog(yamlText: string, options: CatalogOptions = {}): Catalog {
  const file = parseCatalog(yamlText)
  return buildCatalog(file, catalogVersion(yamlText, options.served ?? []), options)
}

/** Short digest of all that a catalogue is built from. */
export function catalogVersion(yamlText: string, served: readonly ServedProvider[]): string {
  return hash('sha256', yamlText + (served.length === 0 ? '' : JSON.stringify(served))).slice(0, 12)
}

/** Throws CatalogError. */
export function buildCatalog(
  file: CatalogFile,
  version: string,
  { regions = new Map(), served = [] }: CatalogOptions,
): Catalog {
  const problems: CatalogProblem[] = []
  const report: ReportProblem = (problem) => void problems.push(problem)

  const providers = buildProviders(file, { regions, report })
  const calendars = buildCalendars(file, report)
  const traits = new Map(Object.entries(file.traits))
  const models = file.models.map((entry, index) => {
    const provider = providers.get(entry.provider)
    if (provider === undefined) {
      report({
        path: `models[${index}].provider`,
        problem: `${entry.provider} is not described`,
        wanted: 'an entry under providers',
      })
    }
    const defaultRegion = file.providers[entry.provider]?.default_region ?? ''
    return buildModel(entry, {
      path: `models[${index}]`,
      region: provider?.region ?? defaultRegion,
      defaultRegion,
      regions: provider?.regions ?? [],
      calendars,
      traits,
      report,
    })
  })
  reportRepeats(models, report)
  for (const server of served) {
    providers.set(server.name, factsOfServed(server))
    models.push(...buildServedModels(server, report))
  }
  if (problems.length > 0) throw new CatalogError(problems)
  return createCatalog({ file, version, models, providers })
}

interface ProviderContext {
  readonly regions: ReadonlyMap<ProviderName, string | null>
  readonly report: ReportProblem
}

function buildProviders(
  file: CatalogFile,
  { regions, report }: ProviderContext,
): Map<ProviderName, ProviderFacts> {
  const providers = new Map<ProviderName, ProviderFacts>()
  for (const id of PROVIDER_IDS) {
    const entry = file.providers[id]
    const names = Object.keys(entry.regions)
    const region = regions.get(id) ?? entry.default_region
    const facts = entry.regions[region]
    if (facts === undefined) {
      report({
        path: `providers.${id}.regions`,
        problem: `there is no region ${region}`,
        wanted: `one of ${names.join(', ')}`,
      })
    }
    providers.set(id, { id, region, jurisdiction: facts?.jurisdiction ?? '', regions: names })
  }
  return providers
}

function reportRepeats(models: readonly Model[], report: ReportProblem): void {
  const seen = new Set<string>()
  for (const id of models.flatMap((model) => [
    `${model.provider}/${model.id}`,
    ...model.routes.filter((route) => route.effort !== null).map((route) => route.id),
  ])) {
    if (seen.has(id))
      report({
        path: 'models',
        problem: `${id} stands twice`,
        wanted: 'each model, and each effort of it, once',
      })
    seen.add(id)
  }
}

interface Parts {
  readonly file: CatalogFile
  readonly version: string
  readonly models: readonly Model[]
  readonly providers: ReadonlyMap<ProviderName, ProviderFacts>
}

function createCatalog({ file, version, models, providers }: Parts): Catalog {
  const routes = models.flatMap((model) => model.routes)
  const routesById = new Map(routes.map((route) => [route.id, route]))
  const modelsById = new Map(models.map((model) => [`${model.provider}/${model.id}`, model]))
  const modelOf = new Map<Route, Model>(
    models.flatMap((model) => model.routes.map((route) => [route, model] as const)),
  )
  const facts = (id: ProviderName): ProviderFacts => {
    const found = providers.get(id)
    if (found === undefined) throw new RangeError(`no facts about ${id}`)
    return found
  }
  return {
    version,
    checked: file.checked,
    oldestPriceCheck: oldestPriceCheck(models) ?? file.checked,
    routes,
    models,
    route: (id) => routesById.get(id),
    model: (id) => modelsById.get(id),
    defaultRoute: (modelId) => routesById.get(modelId),
    prices: (route) => modelOf.get(route)?.prices ?? null,
    jurisdiction: (route) => facts(route.provider).jurisdiction,
    provider: facts,
    free: models.filter(isFree).map(({ provider, id }) => `${provider}/${id}`),
    warnings: (nowMs) => [...holidayWarnings(file, nowMs), ...modelWarnings(models, nowMs)],
  }
}

function isFree({ routes, prices }: Model): boolean {
  if (routes.length === 0 || prices === null) return false
  return prices.sheets.every(({ base, window }) =>
    [base, ...(window === null ? [] : [window.brackets])].every(({ ordinary }) =>
      ordinary.every(({ rates }) => Object.values(rates).every((rate) => rate === 0)),
    ),
  )
}

/** Of the newest price of each model that can be routed to, in the configured regions. */
function oldestPriceCheck(models: readonly Model[]): string | undefined {
  return models
    .flatMap(({ routes, prices }) => (routes.length === 0 ? [] : (prices?.sheets.at(-1)?.checked ?? [])))
    .toSorted()[0]
}
