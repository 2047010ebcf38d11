// Reads the two sides of a change and the logged requests, and replays them with a bar for whoever waits.

import { resolve } from 'node:path'
import { createReplay, type ReplayReport } from '../admin/replay/replay.ts'
import type { Scene } from '../admin/replay/scene.ts'
import type { Config } from '../config/config.ts'
import { type Environment, variable } from '../config/environment.ts'
import { loadCatalogFile } from '../config/load-catalog-file.ts'
import { DEFAULT_CONFIG_FILE, loadConfig } from '../config/load-config.ts'
import { systemClock } from '../core/clock.ts'
import { type CommandContext, UsageError } from './command.ts'
import { withBackend } from './open-backend.ts'
import { startProgress } from './progress.ts'

export interface ReplayRequest {
  readonly from: string | undefined
  readonly to: string | undefined
  readonly catalogFile: string | undefined
  readonly configFile: string | undefined
  readonly switchedOn: readonly string[]
}

/** Throws UsageError, ConfigError. */
export async function runReplay(
  context: Pick<CommandContext, 'env' | 'err' | 'isWatched'>,
  request: ReplayRequest,
): Promise<ReplayReport> {
  const { from, to, switchedOn } = request
  const change = { ...readScenes(context.env, request), switchedOn: new Set(switchedOn) }
  const replay = createReplay(change)
  const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  const progress = startProgress(context, () => systemClock.now())
  await withBackend(context.env, async (backend) => {
    let cursor: string | null = null
    let count = 0
    let newestMs = 0
    do {
      const page = await backend.traffic({ ...period, ...(cursor === null ? {} : { cursor }) })
      replay.add(page)
      cursor = page.next_cursor
      count += page.data.length
      const last = page.data.at(-1)?.startedAtMs ?? newestMs
      newestMs = newestMs === 0 ? (page.data[0]?.startedAtMs ?? 0) : newestMs
      progress.at(shareDone(period, { newestMs, lastMs: last }), `${count.toLocaleString('en-US')} requests`)
    } while (cursor !== null)
  })
  progress.done()
  return replay.report()
}

interface Walked {
  readonly newestMs: number
  readonly lastMs: number
}

/** Requests come newest first: the rest of the period is what is left. */
function shareDone({ from }: { readonly from?: string }, { newestMs, lastMs }: Walked): number {
  const oldestMs = from === undefined ? newestMs - DEFAULT_PERIOD_MS : Date.parse(from)
  return Number.isNaN(oldestMs) ? 0 : (newestMs - lastMs) / Math.max(1, newestMs - oldestMs)
}

const DEFAULT_PERIOD_MS = 30 * 86_400_000

function readScenes(
  env: Environment,
  { catalogFile, configFile, switchedOn }: ReplayRequest,
): { readonly before: Scene; readonly after: Scene } {
  if (catalogFile === undefined && configFile === undefined && switchedOn.length === 0)
    throw new UsageError('give --catalog, --config or --on: without a change there is nothing to compare')
  const own = variable(env, 'FARTHING_CONFIG') ?? DEFAULT_CONFIG_FILE
  const before = loadConfig({ file: own, env })
  const loaded = configFile === undefined ? before : loadConfig({ file: configFile, env, mayBeEmpty: false })
  const unknown = switchedOn.find((name) => !loaded.providers.has(name))
  if (unknown !== undefined)
    throw new UsageError(`--on takes one of ${[...loaded.providers.keys()].join(', ')}, not "${unknown}"`)
  const catalogPath = catalogFile === undefined ? loaded.catalogPath : resolve(catalogFile)
  return { before: sceneOf(before), after: sceneOf({ ...loaded, catalogPath }) }
}

/** A provider that only lacks its key in this environment is none that is disabled: the log says where requests went. */
function sceneOf(config: Config): Scene {
  const disabled = [...config.providers.values()].flatMap(({ id, isEnabled }) => (isEnabled ? [] : [id]))
  return {
    catalog: loadCatalogFile(config),
    aliases: config.routing.aliases,
    defaultTier: config.routing.defaultTier,
    disabled: new Set(disabled),
  }
}
