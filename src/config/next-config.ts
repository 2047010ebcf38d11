// What a running gateway makes of its configuration read again: what changed, and what of it waits for a restart because
// something was opened with the old value (a port, a store).

import { readFileSync } from 'node:fs'
import type { Catalog } from '../catalog/catalog.ts'
import { catalogVersion } from '../catalog/load-catalog.ts'
import type { Config } from './config.ts'
import { crossCheck } from './cross-check.ts'
import { loadCatalogFile, readCatalogText, servedProviders } from './load-catalog-file.ts'

export interface ConfigInForce {
  readonly config: Config
  readonly catalog: Catalog
}

export interface NextConfig extends ConfigInForce {
  /** As the file names them, and `catalog`; sorted. */
  readonly changed: readonly string[]
  /** Those of them that keep their old values until the gateway is started again. */
  readonly needsRestart: readonly string[]
}

/** Parts that are opened once. */
const OPENED: ReadonlySet<string> = new Set([
  'server',
  'auth',
  'admin',
  'metrics',
  'otlp',
  'webhooks',
  'store',
  'reasoning',
  'content',
  'log',
])
/** And what of them may change all the same. */
const FREE: ReadonlySet<string> = new Set(['server.drain_timeout_ms', 'store.when_away', 'content.teams'])

/** Throws ConfigError, and then nothing may change. */
export function readNextConfig(
  before: ConfigInForce,
  loaded: Config,
  readFile = (path: string): string => readFileSync(path, 'utf8'),
): NextConfig {
  const changed = changedPaths(before.config, loaded)
  const needsRestart = changed.filter((path) => OPENED.has(path.split('.')[0] ?? '') && !FREE.has(path))
  const config = withOpenedParts(before.config, loaded)
  const catalog = nextCatalog(before, config, readFile)
  if (catalog.version !== before.catalog.version) changed.push('catalog')
  return { config, catalog, changed: changed.toSorted(), needsRestart: needsRestart.toSorted() }
}

function withOpenedParts(before: Config, loaded: Config): Config {
  const { auth, admin, metrics, otlp, webhooks, reasoning, log } = before
  return {
    ...loaded,
    server: { ...before.server, drainTimeoutMs: loaded.server.drainTimeoutMs },
    store: { ...before.store, whenAway: loaded.store.whenAway },
    auth,
    admin,
    metrics,
    otlp,
    webhooks,
    reasoning,
    content: { ...before.content, teams: loaded.content.teams },
    log,
  }
}

/** To read a catalogue takes a while in which nothing else happens, so one that is the same is not read again. */
function nextCatalog(before: ConfigInForce, config: Config, readFile: (path: string) => string): Catalog {
  const text = readCatalogText(config, readFile)
  const isSame =
    catalogVersion(text, servedProviders(config)) === before.catalog.version &&
    regionsOf(config) === regionsOf(before.config)
  if (!isSame) return loadCatalogFile(config, () => text)
  crossCheck(config, before.catalog)
  return before.catalog
}

function regionsOf({ providers }: Config): string {
  return JSON.stringify([...providers.values()].map(({ id, region }) => [id, region]))
}

/** Two levels deep, as `routing.aliases`. */
function changedPaths(before: Config, loaded: Config): string[] {
  const one = partsOf(before)
  const other = partsOf(loaded)
  const paths = new Set([...one.keys(), ...other.keys()])
  return [...paths].filter((path) => one.get(path) !== other.get(path))
}

function partsOf(config: Config): ReadonlyMap<string, string> {
  const { catalogPath: _, policies, routeLimits, keys, ...sections } = config
  // Where they stand in the file may change without them.
  const declared = keys.map(({ place: __, ...key }) => key)
  const parts = new Map([
    ['budgets', JSON.stringify(plain(policies))],
    ['keys', JSON.stringify(declared)],
    ['limits.routes', JSON.stringify(plain(routeLimits))],
  ])
  for (const [section, values] of Object.entries(sections)) {
    const entries = values instanceof Map ? [...values] : Object.entries(values)
    for (const [name, value] of entries) parts.set(pathOf(section, name), JSON.stringify(plain(value)))
  }
  return parts
}

function pathOf(section: string, name: string): string {
  const inFile =
    name === 'bodyLimitBytes' ? 'body_limit' : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  return `${section}.${inFile}`
}

/** Comparable as text. What secrets hold is compared too, and shown to nobody. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value
  if (value instanceof URL) return value.href
  if (value instanceof Map) return Array.from(value, ([key, inner]) => [key, plain(inner)])
  if (Array.isArray(value)) return value.map(plain)
  if ('reveal' in value && typeof value.reveal === 'function') return String(value.reveal())
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
