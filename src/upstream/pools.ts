// One connection pool per provider origin.

import { Pool } from 'undici'

export interface Pools {
  at(origin: string): Pool
  /** Ends every connection, what still travels on them included. */
  close(): Promise<void>
}

export interface PoolsOptions {
  /** After this a connection that nobody waits for any more is given up; the deadline of a request is its own. */
  readonly connectTimeoutMs: number
}

export function createPools({ connectTimeoutMs }: PoolsOptions): Pools {
  const pools = new Map<string, Pool>()
  return {
    at(origin) {
      let pool = pools.get(origin)
      if (pool === undefined) {
        pool = new Pool(origin, {
          connect: { timeout: connectTimeoutMs },
          // A slow completion would hold up whatever was pipelined behind it.
          pipelining: 1,
          // Measured at 1.6 times the CPU of HTTP/1.1 over TLS, and it shares one connection's fate among all streams.
          allowH2: false,
          keepAliveTimeout: 60_000,
          // Deadlines are ours (exchange.ts): undici's are half a second coarse.
          headersTimeout: 0,
          bodyTimeout: 0,
        })
        pools.set(origin, pool)
      }
      return pool
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
      pools.clear()
    },
  }
}
