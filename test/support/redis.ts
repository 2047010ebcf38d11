// A Redis for one test file. Its address stays the same when it is restarted.

import { RedisContainer } from '@testcontainers/redis'
import { Redis } from 'ioredis'
import { inject } from 'vitest'
import { createRedisProcess } from './redis-process.ts'
import { type Gate, openGate } from './tcp-gate.ts'

export interface RedisServer {
  readonly url: string
  /** Connections are cut and refused, until `resume`. */
  cut(): Promise<void>
  /** Connections stay and nothing answers, until `resume`. */
  stall(): void
  resume(): Promise<void>
  /** Killed and started again. Somebody else's server (REDIS_URL) is not ours to kill: there the connections are cut and come back. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const IMAGE = 'redis:8-alpine'

export async function startRedis(): Promise<RedisServer> {
  const source = inject('redisSource')
  switch (source.kind) {
    case 'url':
      return useServer(source.url)
    case 'docker':
      return startContainer()
    case 'binary':
      return startProcess()
    case 'none':
      throw new Error(source.reason)
    default:
      throw new Error(`nothing starts a Redis of kind ${JSON.stringify(source satisfies never)}`)
  }
}

async function startProcess(): Promise<RedisServer> {
  const server = await createRedisProcess()
  await server.start()
  const gate = await openGate({ host: '127.0.0.1', port: server.port })
  return {
    ...gateVerbs(gate),
    url: `redis://127.0.0.1:${gate.port}`,
    async restart() {
      await server.kill()
      await server.start()
    },
    async stop() {
      await gate.close()
      await server.stop()
    },
  }
}

async function startContainer(): Promise<RedisServer> {
  const container = await new RedisContainer(IMAGE)
    .withCommand(['redis-server', '--appendonly', 'yes', '--appendfsync', 'always'])
    .start()
  const gate = await openGate({ host: container.getHost(), port: container.getPort() })
  return {
    ...gateVerbs(gate),
    url: `redis://127.0.0.1:${gate.port}`,
    async restart() {
      await container.restart()
      gate.redirect({ host: container.getHost(), port: container.getPort() })
    },
    async stop() {
      await gate.close()
      await container.stop()
    },
  }
}

/** A database of its own on a server that others use too. */
async function useServer(address: string): Promise<RedisServer> {
  const url = new URL(address)
  if (url.protocol !== 'redis:') throw new Error('The tests need a REDIS_URL that starts with redis://')
  const database = await claimDatabase(address)
  const gate = await openGate({ host: url.hostname, port: Number(url.port || 6379) })
  url.host = `127.0.0.1:${gate.port}`
  url.pathname = `/${database.number}`
  return {
    ...gateVerbs(gate),
    url: url.href,
    async restart() {
      await gate.cut()
      gate.resume()
    },
    async stop() {
      await gate.close()
      await database.release()
    },
  }
}

const CLAIM = 'farthing-tests'

async function claimDatabase(address: string): Promise<{ number: number; release(): Promise<void> }> {
  for (let number = 1; number < 16; number++) {
    const redis = new Redis(address, { db: number, maxRetriesPerRequest: 1 })
    const isEmpty = (await redis.dbsize()) === 0
    if (isEmpty && (await redis.set(CLAIM, process.pid, 'EX', 600, 'NX')) === 'OK') {
      const release = async (): Promise<void> => {
        await redis.flushdb()
        redis.disconnect()
      }
      return { number, release }
    }
    redis.disconnect()
  }
  throw new Error(
    'REDIS_URL: the tests need an empty database among 1 to 15 of that server, and there is none.',
  )
}

function gateVerbs(gate: Gate): Pick<RedisServer, 'cut' | 'stall' | 'resume'> {
  return { cut: () => gate.cut(), stall: () => gate.stall(), resume: async () => gate.resume() }
}
