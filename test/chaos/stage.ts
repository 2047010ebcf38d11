// What a run of requests stands on: providers, a store and gateways, each a process of its own, and the keys of the clients.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { createClusterSite } from './cluster-site.ts'
import { type FleetProcess, startFleetProcess } from './fleet-process.ts'
import { createRedisSite } from './redis-site.ts'
import { createEmbeddedSite, type StoreKind, type StoreSite } from './store-site.ts'
import { PAYERS, type PayerName } from './traffic-plan.ts'

export interface Payer {
  readonly id: string
  readonly key: string
}

export interface Stage {
  readonly directory: string
  readonly site: StoreSite
  readonly fleet: FleetProcess
  /** The first one is never ended by a fault. */
  readonly gateways: readonly [GatewayProcess, ...GatewayProcess[]]
  readonly payers: Readonly<Record<PayerName, Payer>>
  close(isKept: boolean): Promise<void>
}

export interface StageOptions {
  readonly store: StoreKind
  readonly gateways: number
  readonly hasReplica: boolean
  /** What all that a `tight` key may spend is, USD. */
  readonly tightUsd: number
  /** Before the first gateway starts; gives what undoes it. */
  readonly prepare?: ((site: StoreSite) => Promise<() => void>) | undefined
  readonly env?: ((directory: string, gateway: string) => Readonly<Record<string, string>>) | undefined
}

const ADMIN_KEY = 'chaos-admin-key-0123456789'
/** Short, so that a run need not wait for long ones: what they promise does not depend on it. */
export const LEASE_MS = 3_000
const ROOMY_USD = 500

/** Laid over the configuration as shipped. */
const CHANGES = {
  server: { drain_timeout_ms: 5_000 },
  store: { lease_ms: LEASE_MS, when_away: 'continue' },
  circuit: { failures: 1_000, open_ms: 200, rate_limit_ms: 200, open_long_ms: 200, disable_ms: 200 },
  deadlines: { first_byte_ms: 2_000, between_chunks_ms: 2_000, total_ms: 8_000 },
  budgets: {
    org: [{ limit_usd: ROOMY_USD, period: 'month', time_zone: 'Europe/Berlin', hard: false }],
    teams: {
      soft: [{ limit_usd: 0.001, period: 'week', hard: false }],
      hard: [{ limit_usd: ROOMY_USD, period: 'day', time_zone: 'America/New_York' }],
    },
    projects: { web: [{ limit_usd: ROOMY_USD, period: 'total', hard: false }] },
  },
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'farthing-chaos-'))
  const fleet = await startFleetProcess()
  const site = await openSite(options, directory)
  const undo = await options.prepare?.(site)
  const configFile = await writeConfig(directory)
  const [first = 'a', ...rest] = Array.from({ length: options.gateways }, (_, index) =>
    'abcdefgh'.charAt(index),
  )
  const create = (name: string): GatewayProcess =>
    createGatewayProcess({
      name,
      logFile: join(directory, `gateway-${name}.log`),
      env: {
        PATH: process.env['PATH'] ?? '',
        ...fleet.environment,
        ...site.gatewayEnv(name),
        ...options.env?.(directory, name),
        FARTHING_CONFIG: configFile,
        FARTHING_ADMIN_KEY: ADMIN_KEY,
        PORT: '0',
      },
    })
  const gateways = [create(first), ...rest.map(create)] as const
  await Promise.all(gateways.map((gateway) => gateway.start()))
  return {
    directory,
    site,
    fleet,
    gateways,
    payers: await createPayers(gateways[0].url, options.tightUsd),
    async close(isKept) {
      await Promise.all(gateways.map((gateway) => gateway.end('SIGKILL')))
      await fleet.stop()
      await site.stop()
      undo?.()
      if (!isKept) await rm(directory, { recursive: true, force: true })
    },
  }
}

function openSite({ store, hasReplica }: StageOptions, directory: string): Promise<StoreSite> {
  switch (store) {
    case 'redis':
      return createRedisSite(directory, hasReplica)
    case 'cluster':
      return createClusterSite(directory, hasReplica)
    case 'embedded':
      return createEmbeddedSite(directory)
    default:
      throw new Error(`no such store: ${JSON.stringify(store satisfies never)}`)
  }
}

async function writeConfig(directory: string): Promise<string> {
  const shipped: Record<string, object> = parse(await readFile('config/gateway.yaml', 'utf8'))
  const merged = Object.fromEntries(
    Object.entries(CHANGES).map(([section, values]) => [section, { ...shipped[section], ...values }]),
  )
  const path = join(directory, 'gateway.yaml')
  // JSON is YAML.
  await writeFile(path, JSON.stringify({ ...shipped, ...merged, catalog: resolve('config/catalog.yaml') }))
  return path
}

async function createPayers(url: string, tightUsd: number): Promise<Record<PayerName, Payer>> {
  const fields: Record<PayerName, object> = {
    plain: {},
    soft: { team: 'soft', project: 'web' },
    hard: { team: 'hard', budgets: [{ limit_usd: ROOMY_USD, period: 'total' }] },
    tight: { team: 'hard', project: 'web', budgets: [{ limit_usd: tightUsd, period: 'total' }] },
  }
  const [plain, soft, hard, tight] = await Promise.all(
    PAYERS.map(async (name): Promise<Payer> => {
      const response = await fetch(`${url}/admin/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name, ...fields[name] }),
      })
      return JSON.parse(await response.text())
    }),
  )
  if (plain === undefined || soft === undefined || hard === undefined || tight === undefined)
    throw new Error('not every key was created')
  return { plain, soft, hard, tight }
}

export const usd = (amount: number): bigint => BigInt(Math.round(amount * 1e6)) * 1_000_000n

/** The hard limit of an account; null where it has none. */
export function limitOf({ payers }: Stage, account: string, tightUsd: number): bigint | null {
  if (account.startsWith('team:hard:') || account.startsWith(`key:${payers.hard.id}:`)) return usd(ROOMY_USD)
  return account.startsWith(`key:${payers.tight.id}:`) ? usd(tightUsd) : null
}
