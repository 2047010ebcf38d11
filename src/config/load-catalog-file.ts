// The catalogue that a configuration names, in its regions, and fit for it; or a ConfigError that says what is not.

import { readFileSync } from 'node:fs'
import type { Catalog } from '../catalog/catalog.ts'
import { CatalogError } from '../catalog/catalog-error.ts'
import { loadCatalog } from '../catalog/load-catalog.ts'
import type { Config } from './config.ts'
import { ConfigError } from './config-error.ts'
import { crossCheck } from './cross-check.ts'

export function loadCatalogFile(
  config: Config,
  readFile = (path: string): string => readFileSync(path, 'utf8'),
): Catalog {
  const { catalogPath: path } = config
  let text: string
  try {
    text = readFile(path)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const problem = `names ${path}, which cannot be read (${reason})`
    throw new ConfigError([
      { path: 'catalog', problem, wanted: 'the path of a catalogue, relative to this file' },
    ])
  }
  try {
    const served = [...config.providers.values()].flatMap(({ server }) => server?.served ?? [])
    const base = loadCatalog(text, { served })
    // A region that does not exist is the configuration's mistake, so it is judged before the catalogue is asked for it.
    crossCheck(config, base)
    const regions = new Map([...config.providers.values()].map(({ id, region }) => [id, region]))
    const catalog = loadCatalog(text, { regions, served })
    crossCheck(config, catalog)
    return catalog
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    throw new ConfigError(error.problems.map((problem) => ({ ...problem, path: `${path}: ${problem.path}` })))
  }
}
