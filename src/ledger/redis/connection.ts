// The connection to one server or to a cluster.

import { Cluster, Redis } from 'ioredis'

export type Connection = Redis | Cluster

export interface ConnectionOptions {
  /** `redis://` or `rediss://`; several hosts separated by commas for a cluster. */
  readonly url: string
  readonly commandTimeoutMs: number
}

/** A server that comes back is found again within this time. */
const LONGEST_RETRY_MS = 1_000

/** Whoever opens one listens to its errors: unheard, they would end the process. */
export function connect({ url, commandTimeoutMs }: ConnectionOptions): Connection {
  const common = {
    connectTimeout: Math.max(commandTimeoutMs, 1_000),
    // A connection whose other end is gone without a farewell is given up, and opened anew.
    socketTimeout: 2 * Math.max(commandTimeoutMs, 1_000),
    // A command is sent once: what happened to one that was cut off is not known, and repeating it is the caller's choice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: true,
    retryStrategy: (attempt: number) => Math.min(attempt * 50, LONGEST_RETRY_MS),
    // What was the master is a replica now: its name leads to the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  }
  const urls = splitUrls(url)
  const [first] = urls
  if (first === undefined) throw new TypeError('REDIS_URL names no host')
  const connection: Connection =
    urls.length === 1
      ? new Redis(first.href, common)
      : new Cluster(
          urls.map((node) => ({
            host: node.hostname.replaceAll(/[[\]]/g, ''),
            port: Number(node.port || 6379),
          })),
          {
            clusterRetryStrategy: common.retryStrategy,
            enableAutoPipelining: true,
            redisOptions: {
              ...common,
              ...(first.username === '' ? {} : { username: decodeURIComponent(first.username) }),
              ...(first.password === '' ? {} : { password: decodeURIComponent(first.password) }),
              ...(first.protocol === 'rediss:' ? { tls: {} } : {}),
            },
          },
        )
  return connection
}

/** The scheme and the credentials of the first host hold for all. */
function splitUrls(url: string): readonly URL[] {
  const [first = '', ...rest] = url.split(',').map((part) => part.trim())
  const scheme = first.slice(0, first.indexOf('//') + 2)
  return [first, ...rest.map((part) => (part.includes('//') ? part : scheme + part))].map(
    (part) => new URL(part),
  )
}
