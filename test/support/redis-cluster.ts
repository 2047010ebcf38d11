// Three masters of our own, joined by redis-cli.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { createRedisProcess } from './redis-process.ts'

export interface RedisCluster {
  /** All three hosts, separated by commas. */
  readonly url: string
  readonly ports: readonly number[]
  /** All three killed and started again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const NODES = 3
const SETTINGS = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000']

export async function startRedisCluster(): Promise<RedisCluster> {
  const reason = inject('noCluster')
  if (reason !== null) throw new Error(reason)
  const nodes = await Promise.all(Array.from({ length: NODES }, () => createRedisProcess(SETTINGS)))
  const start = (): Promise<unknown> => Promise.all(nodes.map((node) => node.start()))
  const ports = nodes.map(({ port }) => port)
  await start()
  const hosts = ports.map((port) => `127.0.0.1:${port}`)
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'])
  await agree(ports)
  return {
    url: `redis://${hosts.join(',')}`,
    ports,
    async restart() {
      await Promise.all(nodes.map((node) => node.kill()))
      await start()
      await agree(ports)
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

/** Until every node says that all slots are served. */
async function agree(ports: readonly number[]): Promise<void> {
  const deadlineMs = Date.now() + 30_000
  for (const port of ports) {
    const node = new Redis({ port, host: '127.0.0.1' })
    try {
      while (!(await node.cluster('INFO')).includes('cluster_state:ok')) {
        if (Date.now() > deadlineMs) throw new Error(`the cluster did not form: node ${port} waits`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    } finally {
      node.disconnect()
    }
  }
}
