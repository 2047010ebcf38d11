// What the demonstration stands on: the simulated providers and a gateway in front of them, on the embedded store in a
// directory of its own that is removed afterwards.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { createApp } from '../../app.ts'
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../config/load-config.ts'
import { createCalmClock } from '../../simulator/calm-clock.ts'
import { modelsOfCatalog } from '../../simulator/catalog-models.ts'
import { type Fleet, startFleet } from '../../simulator/fleet.ts'

export interface Stage {
  readonly fleet: Fleet
  /** The gateway's, without a path. */
  readonly url: string
  readonly adminKey: string
  close(): Promise<void>
}

const ROOT = join(import.meta.dirname, '../../..')
const ADMIN_KEY = 'demo-admin-key-0000'
const LONGEST_RUN_MS = 120_000

export async function setStage(): Promise<Stage> {
  const clock = createCalmClock(LONGEST_RUN_MS)
  const dataDir = await mkdtemp(join(tmpdir(), 'farthing-demo-'))
  const catalog: unknown = parse(await readFile(join(ROOT, 'config/catalog.yaml'), 'utf8'))
  const fleet = await startFleet({ models: modelsOfCatalog(catalog), clock })
  // A pace at which a stream can be seen to be one, while fifty requests stay a matter of seconds.
  for (const provider of Object.values(fleet.providers)) provider.setLatency({ firstByteMs: 10, chunkMs: 1 })
  const env = {
    ...fleet.environment,
    PORT: '0',
    FARTHING_DATA_DIR: dataDir,
    FARTHING_ADMIN_KEY: ADMIN_KEY,
    LOG_LEVEL: 'silent',
  }
  const app = await createApp(loadConfig({ file: join(ROOT, DEFAULT_CONFIG_FILE), env }), { clock })
  const url = await app.listen()
  return {
    fleet,
    url,
    adminKey: ADMIN_KEY,
    async close() {
      await app.close()
      await fleet.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
