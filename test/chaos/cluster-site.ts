// A Redis Cluster of three masters, each behind a gate that it announces as itself, and a replica of the one with the keys.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createRedisProcess, type RedisProcess } from '../support/redis-process.ts'
import { type Gate, openGate } from '../support/tcp-gate.ts'
import { askRedis, isInStep, readInfo } from './ask-redis.ts'
import { openRedis, type StoreSite } from './store-site.ts'
import { until } from './until.ts'

const MASTERS = 3
/** Any key of the gateway's: all have the same hash tag. */
const A_KEY = '{farthing}:held'
/** A machine that is busy with gateways may keep a node waiting for so long. */
const NODE_TIMEOUT_MS = 3_000

interface Node {
  readonly server: RedisProcess
  readonly gate: Gate
}

export async function createClusterSite(directory: string, hasReplica: boolean): Promise<StoreSite> {
  const nodes = await Promise.all(Array.from({ length: MASTERS }, startNode))
  await promisify(execFile)('redis-cli', ['--cluster', 'create', ...nodes.map(hostOf), '--cluster-yes'])
  await Promise.all(nodes.map(isOk))
  const slot = String(await askRedis(portOf(nodes[0]), 'CLUSTER', 'KEYSLOT', A_KEY))
  let owner = await findOwner(nodes, slot)
  let replica: Node | null = null
  if (hasReplica) {
    replica = await startNode()
    await joinAs(replica, owner)
    nodes.push(replica)
  }
  const dataDir = (gateway: string): string => join(directory, `data-${gateway}`)
  const url = `redis://${nodes.map(({ gate }) => `127.0.0.1:${gate.port}`).join(',')}`
  return {
    kind: 'cluster',
    redis: {
      servers: nodes.map(({ server }) => server),
      gates: nodes.map(({ gate }) => gate),
      primary: () => owner.server,
      async failOver() {
        const next = replica
        if (next === null) throw new Error('there is no replica')
        await owner.server.kill()
        await until('the replica is the master', async () => (await roleOf(next)) === 'master')
        // It comes back as a replica of the one that took its place.
        await owner.server.start()
        const old = owner
        await until('the old master is in step', () => isInStep(old.server.port))
        replica = owner
        owner = next
        await Promise.all(nodes.map(isOk))
      },
    },
    dataDir,
    gatewayEnv: (gateway) => ({ FARTHING_DATA_DIR: dataDir(gateway), REDIS_URL: url }),
    open: () => openRedis(url),
    async stop() {
      await Promise.all(nodes.map(({ gate }) => gate.close()))
      await Promise.all(nodes.map(({ server }) => server.stop()))
    },
  }
}

async function startNode(): Promise<Node> {
  const gate = await openGate({ host: '127.0.0.1', port: 0 })
  const settings = {
    'cluster-enabled': 'yes',
    'cluster-node-timeout': NODE_TIMEOUT_MS,
    'cluster-announce-ip': '127.0.0.1',
    'cluster-announce-port': gate.port,
    'cluster-replica-validity-factor': 0,
    'repl-diskless-sync-delay': 0,
  }
  const server = await createRedisProcess(
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
  )
  gate.redirect({ host: '127.0.0.1', port: server.port })
  await server.start()
  await askRedis(server.port, 'CONFIG', 'SET', 'cluster-announce-bus-port', String(server.port + 10_000))
  return { server, gate }
}

const portOf = (node: Node | undefined): number => node?.server.port ?? 0
const hostOf = ({ server }: Node): string => `127.0.0.1:${server.port}`

async function isOk({ server }: Node): Promise<void> {
  await until(`node ${server.port} says that all slots are served`, async () =>
    String(await askRedis(server.port, 'CLUSTER', 'INFO').catch(() => '')).includes('cluster_state:ok'),
  )
}

async function findOwner(nodes: readonly Node[], slot: string): Promise<Node> {
  for (const node of nodes) {
    const keys = await askRedis(node.server.port, 'CLUSTER', 'COUNTKEYSINSLOT', slot)
    const moved = await askRedis(node.server.port, 'GET', A_KEY).catch((error: unknown) => error)
    if (keys === 0 && !(moved instanceof Error)) return node
  }
  throw new Error(`nobody has slot ${slot}`)
}

async function roleOf({ server }: Node): Promise<string | undefined> {
  return (await readInfo(server.port, 'replication').catch(() => null))?.get('role')
}

async function joinAs(replica: Node, master: Node): Promise<void> {
  const id = String(await askRedis(master.server.port, 'CLUSTER', 'MYID'))
  const bus = String(master.server.port + 10_000)
  await askRedis(replica.server.port, 'CLUSTER', 'MEET', '127.0.0.1', String(master.server.port), bus)
  await until('the replica knows its master', async () =>
    String(await askRedis(replica.server.port, 'CLUSTER', 'NODES')).includes(id),
  )
  // Said once only: each time it begins from the start.
  await until('the replica takes its master', async () => {
    const answer = await askRedis(replica.server.port, 'CLUSTER', 'REPLICATE', id).catch(() => null)
    return answer !== null
  })
  await until('the replica follows', () => isInStep(replica.server.port))
  await isOk(replica)
}
