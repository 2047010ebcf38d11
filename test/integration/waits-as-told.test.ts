// `retry-after` is true to the second: refused until then, and let in from then on. The minute of a limit slides.

import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

let running: TestGateway | null = null
afterEach(() => running?.close())

it.each(['embedded', 'redis'])('on the %s store', { timeout: 120_000 }, async (kind) => {
  const begin = Date.UTC(2026, 10, 24, 12)
  let nowMs = begin
  const gateway = await startGateway({
    clock: { now: () => nowMs },
    env: kind === 'redis' ? { REDIS_URL: redis.url } : {},
    config: { store: { command_timeout_ms: 30_000 } },
  })
  running = gateway
  const apiKey = await gateway.createKey({ limits: { rpm: 2 } })
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
  /** Null: answered. */
  const retryAfterAt = async (atMs: number): Promise<string | null> => {
    nowMs = begin + atMs
    const asked = client.chat.completions.create({
      model: 'openai/gpt-4o-mini',
      messages: [{ role: 'user', content: 'Say hello.' }],
    })
    return asked.then(
      () => null,
      (error: unknown) => {
        if (!(error instanceof OpenAI.RateLimitError)) throw error
        return error.headers?.get('retry-after') ?? 'no header'
      },
    )
  }
  expect(await retryAfterAt(0)).toBeNull()
  expect(await retryAfterAt(10_500)).toBeNull()
  expect(await retryAfterAt(20_000)).toBe('40')
  expect(await retryAfterAt(59_000)).toBe('1')
  expect(await retryAfterAt(59_999)).toBe('1')
  // A window that begins anew each minute would let in two here.
  expect(await retryAfterAt(60_000)).toBeNull()
  expect(await retryAfterAt(60_000)).toBe('11')
  expect(await retryAfterAt(70_499)).toBe('1')
  expect(await retryAfterAt(70_500)).toBeNull()
  expect(await retryAfterAt(70_500)).toBe('50')
})
