// Models of a server that stands in the configuration and not in the catalogue's file: one region, and traits of their own.

import type { ProviderName } from '../core/route.ts'
import { buildModel } from './build-model.ts'
import type { Model, ProviderFacts } from './catalog.ts'
import type { ReportProblem } from './catalog-error.ts'
import type { ModelEntry, TraitsEntry } from './schema.ts'

export interface ServedProvider {
  readonly name: ProviderName
  readonly jurisdiction: string
  readonly models: readonly ServedModel[]
}

export interface ServedModel {
  readonly entry: Omit<ModelEntry, 'provider' | 'traits'>
  readonly traits: TraitsEntry
}

const REGION = 'own'
const TRAITS = 'own'

export function factsOfServed({ name, jurisdiction }: ServedProvider): ProviderFacts {
  return { id: name, region: REGION, jurisdiction, regions: [REGION] }
}

export function buildServedModels({ name, models }: ServedProvider, report: ReportProblem): readonly Model[] {
  return models.map(({ entry, traits }) =>
    buildModel(
      { ...entry, provider: name, traits: TRAITS },
      {
        path: `${name}/${entry.id}`,
        region: REGION,
        defaultRegion: REGION,
        regions: [REGION],
        calendars: new Map(),
        traits: new Map([[TRAITS, traits]]),
        report,
      },
    ),
  )
}
