// The Redis store keeps the contract on one server.

import { describe } from 'vitest'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import { startRedis } from '../support/redis.ts'
import { describeStore } from './store-contract.ts'

describe('Redis store', () => {
  describeStore(async () => {
    const server = await startRedis()
    let count = 0
    return {
      async place() {
        const namespace = `place-${++count}`
        return {
          open: (onSpent) =>
            createRedisStore({
              url: server.url,
              namespace,
              commandTimeoutMs: 5_000,
              ...(onSpent && { onSpent }),
            }),
          restart: () => server.restart(),
        }
      },
      stop: () => server.stop(),
    }
  })
})
