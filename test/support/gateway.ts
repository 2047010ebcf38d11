// A whole gateway in front of the simulated providers, on real sockets, as an operator would start it.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import { parse } from 'yaml'
import { type App, createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Clock } from '../../src/core/clock.ts'
import { createCalmClock } from '../../src/simulator/calm-clock.ts'
import { modelsOfCatalog } from '../../src/simulator/catalog-models.ts'
import { type Fleet, startFleet } from '../../src/simulator/fleet.ts'

export interface TestGateway {
  readonly url: string
  readonly fleet: Fleet
  readonly app: App
  readonly dataDir: string
  /** Environment of the gateway, which a command line beside it may share. */
  readonly env: Readonly<Record<string, string>>
  readonly configFile: string
  /** Writes the file anew: the shipped one with these changes. */
  configure(changes: ConfigChanges): Promise<void>
  /** The gateway's and the providers' own: not always that of the machine. */
  readonly clock: Clock
  readonly adminKey: string
  /** A virtual key, and the official client that uses it without repeating anything. */
  readonly key: string
  readonly client: OpenAI
  admin(path: string, options?: { method?: string; body?: unknown }): Promise<Response>
  createKey(fields?: Record<string, unknown>): Promise<string>
  /** What the gateway has logged so far, at every level. */
  log(): string
  /** Holds in the ledger now. */
  held(): Promise<number>
  /** Waits until the ledger has the request, and gives it whole. */
  settled(requestId: string): Promise<RequestDetails>
  close(): Promise<void>
}

export interface RequestDetails {
  readonly id: string
  readonly outcome: string
  readonly cost_usd: number
  readonly attempts: readonly {
    readonly route: string
    readonly provider: string
    readonly outcome: string
    readonly status: number | null
    readonly usage: {
      readonly input_tokens: number
      readonly cached_tokens: number
      readonly cache_write_tokens: number
      readonly output_tokens: number
    }
    readonly usage_source: string | null
    readonly cost_usd: number
    readonly cost_details: {
      readonly input: number
      readonly cached_input: number
      readonly cache_write: number
    }
  }[]
  readonly [field: string]: unknown
}

type Section = Readonly<Record<string, unknown>>
type ConfigChanges = Readonly<Record<string, Section | readonly unknown[]>>

export interface GatewayOptions {
  /** Laid over config/gateway.yaml, section by section. */
  readonly config?: ConfigChanges | ((fleet: Fleet) => ConfigChanges)
  readonly env?: Readonly<Record<string, string>>
  /** Providers without a key. */
  readonly off?: readonly string[]
  /** Instead of the time. */
  readonly clock?: Clock
  /** False where no key can be made. */
  readonly firstKey?: boolean
}

const ADMIN_KEY = 'test-admin-key-0123456789'
const ROOT = join(import.meta.dirname, '../..')
/** Of a test file: prices do not change meanwhile. */
const LONGEST_RUN_MS = 600_000

export async function startGateway({
  config = {},
  env = {},
  off = [],
  firstKey = true,
  clock = createCalmClock(LONGEST_RUN_MS),
}: GatewayOptions = {}): Promise<TestGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'farthing-test-'))
  const fleet = await startFleet({ models: modelsOfCatalog(await readShipped('catalog')), clock })
  const environment = Object.fromEntries(
    Object.entries(fleet.environment).filter(([name]) => !off.some((prefix) => name === `${prefix}_API_KEY`)),
  )
  let log = ''
  const own = { PORT: '0', FARTHING_DATA_DIR: dataDir, FARTHING_ADMIN_KEY: ADMIN_KEY, LOG_LEVEL: 'trace' }
  const allEnv = { ...environment, ...own, ...env }
  const configFile = join(dataDir, 'gateway.yaml')
  const read = (mayBeEmpty: boolean) => loadConfig({ file: configFile, env: allEnv, mayBeEmpty })
  const open = async (): Promise<App> => {
    await writeConfig(configFile, typeof config === 'function' ? config(fleet) : config)
    return createApp(read(true), {
      clock,
      readConfig: () => read(false),
      logDestination: { write: (line) => void (log += line) },
    })
  }
  const closeRest = async (): Promise<void> => {
    await fleet.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  const app = await open().catch(async (error: unknown) => {
    await closeRest()
    throw error
  })
  const url = await app.listen()
  const admin: TestGateway['admin'] = (path, { method = 'GET', body } = {}) =>
    fetch(`${url}/admin${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const createKey = async (fields: Record<string, unknown> = {}): Promise<string> => {
    const response = await admin('/keys', { method: 'POST', body: { name: 'test', ...fields } })
    const created: { key: string } = JSON.parse(await response.text())
    return created.key
  }
  const key = firstKey ? await createKey() : 'fth_none'
  return {
    url,
    fleet,
    app,
    dataDir,
    env: { ...allEnv, FARTHING_CONFIG: configFile },
    configFile,
    configure: (changes) => writeConfig(configFile, changes),
    clock,
    adminKey: ADMIN_KEY,
    key,
    client: new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }),
    admin,
    createKey,
    log: () => log,
    held: async () => (await app.ledger.held()).count,
    settled: (requestId) => waitForRequest(admin, requestId),
    async close() {
      await app.close()
      await closeRest()
    },
  }
}

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>
const shippedFiles = new Map<string, Promise<Sections>>()

/** Parsed once for all gateways of a test file: YAML takes longer than the rest of a start. */
function readShipped(name: 'catalog' | 'gateway'): Promise<Sections> {
  let file = shippedFiles.get(name)
  if (file === undefined) {
    file = readFile(join(ROOT, `config/${name}.yaml`), 'utf8').then((text): Sections => parse(text))
    shippedFiles.set(name, file)
  }
  return file
}

async function writeConfig(path: string, changes: ConfigChanges): Promise<void> {
  const shipped = await readShipped('gateway')
  const merged: Record<string, unknown> = { ...shipped, catalog: join(ROOT, 'config/catalog.yaml') }
  for (const [section, values] of Object.entries(changes))
    merged[section] = isList(values) ? values : { ...shipped[section], ...values }
  // JSON is YAML.
  await writeFile(path, JSON.stringify(merged))
}

async function waitForRequest(admin: TestGateway['admin'], requestId: string): Promise<RequestDetails> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await admin(`/requests/${requestId}`)
    if (response.status === 200) return JSON.parse(await response.text())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`${requestId} was not settled within two seconds`)
}

/** Adds up a Prometheus counter over all its series, in picodollars for money. */
export function sumMetric(text: string, name: string): bigint {
  let sum = 0n
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue
    sum += BigInt(Math.round(Number(line.slice(line.lastIndexOf(' ') + 1)) * 1e12))
  }
  return sum
}

function isList(values: Section | readonly unknown[]): values is readonly unknown[] {
  return Array.isArray(values)
}
