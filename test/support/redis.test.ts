// What the tests of the stores rely on: a Redis that can be cut off, held up, killed and started again, one or three.

import { Cluster, Redis } from 'ioredis'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from './redis.ts'
import { type RedisCluster, startRedisCluster } from './redis-cluster.ts'

describe('one server', () => {
  let server: RedisServer
  let redis: Redis

  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.url, { maxRetriesPerRequest: 0, commandTimeout: 200, retryStrategy: () => 20 })
    redis.on('error', () => undefined)
    return async () => {
      redis.disconnect()
      await server.stop()
    }
  })

  it('refuses while it is cut off, and has lost nothing', async () => {
    await redis.set('kept', 'through a cut')
    await server.cut()
    await expect(redis.get('kept')).rejects.toThrow('max retries per request')
    await server.resume()
    await expect.poll(() => redis.get('kept').catch(() => null)).toBe('through a cut')
  })

  it('is silent while it is held up', async () => {
    await redis.set('kept', 'through a stall')
    server.stall()
    await expect(redis.get('kept')).rejects.toThrow('timed out')
    await server.resume()
    await expect.poll(() => redis.get('kept').catch(() => null)).toBe('through a stall')
  })

  it('comes back at the same address with what it had acknowledged', async () => {
    await redis.set('kept', 'through a kill')
    await server.restart()
    await expect.poll(() => redis.get('kept').catch(() => null), { timeout: 5_000 }).toBe('through a kill')
  })
})

describe('three servers', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
    return () => cluster.stop()
  })

  it('share the keys, and come back together', async () => {
    const [port = 0] = cluster.ports
    const keys = Array.from({ length: 30 }, (_, index) => `key:${index}`)
    const redis = new Cluster([{ host: '127.0.0.1', port }])
    for (const key of keys) await redis.set(key, key)
    const sizes = await Promise.all(redis.nodes('master').map((node) => node.dbsize()))
    expect(sizes).toHaveLength(3)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(keys.length)
    expect(sizes.every((size) => size > 0)).toBe(true)
    redis.disconnect()
    await cluster.restart()
    const again = new Cluster([{ host: '127.0.0.1', port }])
    expect(await Promise.all(keys.map((key) => again.get(key)))).toEqual(keys)
    again.disconnect()
  })
})
