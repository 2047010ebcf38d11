// The stores that the gateways share, each with what can be done to it.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../src/ledger/open-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import type { RedisProcess } from '../support/redis-process.ts'
import type { Gate } from '../support/tcp-gate.ts'

export const STORE_KINDS = ['redis', 'cluster', 'embedded'] as const
export type StoreKind = (typeof STORE_KINDS)[number]

export interface RedisServers {
  /** All that gateways may ask. */
  readonly servers: readonly RedisProcess[]
  /** Between the gateways and each server that they may ask. */
  readonly gates: readonly Gate[]
  /** The one that has the keys. */
  primary(): RedisProcess
  /** It dies, and its replica takes its place; resolves when that serves. */
  failOver(): Promise<void>
}

export interface StoreSite {
  readonly kind: StoreKind
  /** Null for the embedded store. */
  readonly redis: RedisServers | null
  /** The folder of the gateway with that name. */
  dataDir(gateway: string): string
  gatewayEnv(gateway: string): Readonly<Record<string, string>>
  /** A handle past every gate, to count with. */
  open(): Promise<Store>
  stop(): Promise<void>
}

const DEAF = { onDamaged: () => undefined, onSpent: () => undefined }
const PATIENT_MS = 10_000

export function openRedis(url: string): Promise<Store> {
  const redisUrl = { reveal: () => url }
  return openStore({ redisUrl, dataDir: '', commandTimeoutMs: PATIENT_MS }, DEAF)
}

export async function createEmbeddedSite(directory: string): Promise<StoreSite> {
  const dataDir = join(directory, 'data')
  await mkdir(dataDir, { recursive: true })
  return {
    kind: 'embedded',
    redis: null,
    dataDir: () => dataDir,
    gatewayEnv: () => ({ FARTHING_DATA_DIR: dataDir }),
    open: () => openStore({ redisUrl: null, dataDir, commandTimeoutMs: PATIENT_MS }, DEAF),
    stop: () => Promise.resolve(),
  }
}
