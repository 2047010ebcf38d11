// The store that the configuration names: Redis where there is one, else a folder on this machine.

import { createEmbeddedStore } from './embedded/embedded-store.ts'
import type { SpentChange, Store } from './store.ts'

export interface StoreSettings {
  /** `redis://`, `rediss://`, or several hosts separated by commas for a cluster; null: the embedded store. */
  readonly redisUrl: { reveal(): string } | null
  readonly dataDir: string
  readonly commandTimeoutMs: number
}

export interface StoreListener {
  /** Told of a journal of the embedded store with lines that are not whole, and where it was set aside. */
  readonly onDamaged: (path: string, lines: number) => void
  /** Told of each account of a budget that a settlement of this process changed. */
  readonly onSpent: (change: SpentChange) => void
}

export async function openStore(
  { redisUrl, dataDir, commandTimeoutMs }: StoreSettings,
  { onDamaged, onSpent }: StoreListener,
): Promise<Store> {
  if (redisUrl === null) return createEmbeddedStore({ directory: dataDir, onDamaged, onSpent })
  // Loaded where it is needed only: most gateways on one machine have no Redis.
  const { createRedisStore } = await import('./redis/redis-store.ts')
  return createRedisStore({ url: redisUrl.reveal(), commandTimeoutMs, onSpent })
}
