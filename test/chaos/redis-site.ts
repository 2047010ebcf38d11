// One Redis behind a gate, with a replica that can take its place.

import { join } from 'node:path'
import { createRedisProcess, type RedisProcess } from '../support/redis-process.ts'
import { openGate } from '../support/tcp-gate.ts'
import { askRedis, isInStep } from './ask-redis.ts'
import { openRedis, type StoreSite } from './store-site.ts'
import { until } from './until.ts'

export async function createRedisSite(directory: string, hasReplica: boolean): Promise<StoreSite> {
  let master = await createRedisProcess()
  await master.start()
  let replica = hasReplica ? await startReplica(master) : null
  const servers = [master, ...(replica === null ? [] : [replica])]
  const gate = await openGate(addressOf(master))
  const dataDir = (gateway: string): string => join(directory, `data-${gateway}`)
  return {
    kind: 'redis',
    redis: {
      servers,
      gates: [gate],
      primary: () => master,
      async failOver() {
        if (replica === null) throw new Error('there is no replica')
        await master.kill()
        await askRedis(replica.port, 'REPLICAOF', 'NO', 'ONE')
        const old = master
        master = replica
        gate.redirect(addressOf(master))
        // As a replica it forgets what only it had.
        await old.start()
        await follow(old, master)
        replica = old
      },
    },
    dataDir,
    gatewayEnv: (gateway) => ({
      FARTHING_DATA_DIR: dataDir(gateway),
      REDIS_URL: `redis://127.0.0.1:${gate.port}`,
    }),
    open: () => openRedis(`redis://127.0.0.1:${master.port}`),
    async stop() {
      await gate.close()
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

async function startReplica(master: RedisProcess): Promise<RedisProcess> {
  const replica = await createRedisProcess(['--repl-diskless-sync-delay', '0'])
  await replica.start()
  await follow(replica, master)
  return replica
}

async function follow(replica: RedisProcess, master: RedisProcess): Promise<void> {
  await askRedis(replica.port, 'REPLICAOF', '127.0.0.1', String(master.port))
  await until('the replica is in step', () => isInStep(replica.port))
}

function addressOf({ port }: RedisProcess) {
  return { host: '127.0.0.1', port }
}
