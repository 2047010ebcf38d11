// What a Redis may do: end, stand still, be full, be replaced, forget its scripts.

import { setTimeout as delay } from 'node:timers/promises'
import { askRedis, readInfo } from '../ask-redis.ts'
import type { ChaosFault, Scene } from '../fault.ts'
import type { RedisServers } from '../store-site.ts'
import { until } from '../until.ts'

const ON_REDIS = ['redis', 'cluster'] as const

export function redisOf({ stage }: Scene): RedisServers {
  const { redis } = stage.site
  if (redis === null) throw new Error('this fault needs a Redis')
  return redis
}

async function answers(port: number): Promise<boolean> {
  const loading = await readInfo(port, 'persistence').catch(() => null)
  return loading?.get('loading') === '0'
}

async function endAndStart(scene: Scene, pauseMs: number): Promise<number> {
  const server = redisOf(scene).primary()
  await server.kill()
  if (pauseMs > 0) await delay(pauseMs)
  await server.start()
  await until('the server has loaded', () => answers(server.port))
  return 1
}

export const REDIS_STOPPED: ChaosFault = {
  name: 'redis-stopped',
  stores: ON_REDIS,
  times: 2,
  inject: (scene) => endAndStart(scene, scene.random.between(800, 3_000)),
}

export const REDIS_RESTARTED: ChaosFault = {
  name: 'redis-restarted',
  stores: ON_REDIS,
  times: 2,
  inject: (scene) => endAndStart(scene, 0),
}

export const REDIS_PAUSED: ChaosFault = {
  name: 'redis-paused',
  stores: ON_REDIS,
  times: 2,
  async inject(scene) {
    const server = redisOf(scene).primary()
    server.pause()
    // In a cluster the others would call it dead before long; that is another fault.
    await delay(scene.random.between(300, 4_500))
    server.resume()
    return 1
  },
}

export const REDIS_FULL: ChaosFault = {
  name: 'redis-full',
  stores: ON_REDIS,
  times: 2,
  async inject(scene) {
    const { port } = redisOf(scene).primary()
    await askRedis(port, 'CONFIG', 'SET', 'maxmemory', '1')
    await delay(scene.random.between(500, 2_500))
    await askRedis(port, 'CONFIG', 'SET', 'maxmemory', '0')
    return 1
  },
}

export const SCRIPTS_FLUSHED: ChaosFault = {
  name: 'scripts-flushed',
  stores: ON_REDIS,
  times: 6,
  async inject(scene) {
    await askRedis(redisOf(scene).primary().port, 'SCRIPT', 'FLUSH')
    return 1
  },
}

export const FAILED_OVER: ChaosFault = {
  name: 'redis-failed-over',
  stores: ON_REDIS,
  times: 2,
  hasReplica: true,
  async inject(scene) {
    await redisOf(scene).failOver()
    return 1
  },
}
