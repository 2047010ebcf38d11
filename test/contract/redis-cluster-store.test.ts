// The Redis store keeps the contract on a cluster of three.

import { describe } from 'vitest'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { describeStore } from './store-contract.ts'

describe('Redis store on a cluster', () => {
  describeStore(async () => {
    const cluster = await startRedisCluster()
    let count = 0
    return {
      async place() {
        // The name decides the slot: over the tests every node gets its share.
        const namespace = `place-${++count}`
        return {
          open: (onSpent) =>
            createRedisStore({
              url: cluster.url,
              namespace,
              commandTimeoutMs: 5_000,
              ...(onSpent && { onSpent }),
            }),
          restart: () => cluster.restart(),
        }
      },
      stop: () => cluster.stop(),
    }
  })
})
