// The catalogue that a configuration names, in its regions, and fit for it; or a ConfigError that says what is not.

import { readFileSync } from 'node:fs'
import type { Catalog } from '../catalog/catalog.ts'
import { CatalogError } from '../catalog/catalog-error.ts'
import { buildCatalog, catalogVersion } from '../catalog/load-catalog.ts'
import { parseCatalog } from '../catalog/parse-catalog.ts'
import type { ServedProvider } from '../catalog/served-models.ts'
import type { Config } from './config.ts'
import { ConfigError } from './config-error.ts'
import { crossCheck } from './cross-check.ts'

export function loadCatalogFile(
  config: Config,
  readFile = (path: string): string => readFileSync(path, 'utf8'),
): Catalog {
  const text = readCatalogText(config, readFile)
  try {
    const served = servedProviders(config)
    const file = parseCatalog(text)
    const version = catalogVersion(text, served)
    const base = buildCatalog(file, version, { served })
    // A region that does not exist is the configuration's mistake, so it is judged before the catalogue is asked for it.
    crossCheck(config, base)
    const regions = new Map([...config.providers.values()].map(({ id, region }) => [id, region]))
    const catalog = buildCatalog(file, version, { regions, served })
    crossCheck(config, catalog)
    return catalog
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    const { catalogPath: path } = config
    throw new ConfigError(error.problems.map((problem) => ({ ...problem, path: `${path}: ${problem.path}` })))
  }
}

export function readCatalogText({ catalogPath }: Config, readFile: (path: string) => string): string {
  try {
    return readFile(catalogPath)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const problem = `names ${catalogPath}, which cannot be read (${reason})`
    throw new ConfigError([
      { path: 'catalog', problem, wanted: 'the path of a catalogue, relative to this file' },
    ])
  }
}

export function servedProviders({ providers }: Config): readonly ServedProvider[] {
  return [...providers.values()].flatMap(({ server }) => server?.served ?? [])
}
