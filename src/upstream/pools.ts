// One pool of connections per provider origin. The one used last is used next: the others can rest and be closed, and
// taking one costs the same however many are busy (undici's own Pool looks at each).

import { Client } from 'undici'

export interface Pools {
  at(origin: string): ClientPool
  /** Ends every connection, what still travels on them included. */
  close(): Promise<void>
}

export interface PoolsOptions {
  /** After this a connection that nobody waits for any more is given up; the deadline of a request is its own. */
  readonly connectTimeoutMs: number
}

export function createPools({ connectTimeoutMs }: PoolsOptions): Pools {
  const pools = new Map<string, ClientPool>()
  return {
    at(origin) {
      let pool = pools.get(origin)
      if (pool === undefined) {
        pool = new ClientPool(origin, connectTimeoutMs)
        pools.set(origin, pool)
      }
      return pool
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()))
      pools.clear()
    },
  }
}

export class ClientPool {
  readonly #origin: string
  readonly #connectTimeoutMs: number
  readonly #clients = new Set<Client>()
  readonly #free: Client[] = []

  constructor(origin: string, connectTimeoutMs: number) {
    this.#origin = origin
    this.#connectTimeoutMs = connectTimeoutMs
  }

  /** A client for one request; it comes back by `giveBack` or `discard`. */
  take(): Client {
    return this.#free.pop() ?? this.#create()
  }

  /** The answer was read to its end: the connection is good for another. */
  giveBack(client: Client): void {
    if (this.#clients.has(client)) this.#free.push(client)
  }

  /** Its connection is in no state to be used again. */
  discard(client: Client): void {
    this.#clients.delete(client)
    client.destroy().catch(() => undefined)
  }

  async close(): Promise<void> {
    const clients = [...this.#clients]
    this.#clients.clear()
    this.#free.length = 0
    await Promise.all(clients.map((client) => client.destroy()))
  }

  #create(): Client {
    const client = new Client(this.#origin, {
      connect: { timeout: this.#connectTimeoutMs },
      // A slow completion would hold up whatever was pipelined behind it.
      pipelining: 1,
      // Measured at 1.6 times the CPU of HTTP/1.1 over TLS, and it shares one connection's fate among all streams.
      allowH2: false,
      keepAliveTimeout: 60_000,
      // Deadlines are ours (exchange.ts): undici's are half a second coarse.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    this.#clients.add(client)
    // One that rests without a connection is let go, so that a rush leaves none behind.
    client.on('disconnect', () => {
      const place = this.#free.indexOf(client)
      if (place === -1) return
      this.#free.splice(place, 1)
      this.discard(client)
    })
    return client
  }
}
