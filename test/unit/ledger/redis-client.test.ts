// What an operator is told of a Redis that cannot be used. Nothing listens on the port.

import { expect, it } from 'vitest'
import { createRedisStore } from '../../../src/ledger/redis/redis-store.ts'
import { StoreUnavailableError } from '../../../src/ledger/store.ts'

it('says why there is no connection', async () => {
  const store = createRedisStore({ url: 'redis://127.0.0.1:1', commandTimeoutMs: 500 })
  try {
    await expect(store.ping()).rejects.toThrow(StoreUnavailableError)
    await expect(store.ping()).rejects.toThrow('Redis cannot be used: connect ECONNREFUSED 127.0.0.1:1')
  } finally {
    await store.close()
  }
})
