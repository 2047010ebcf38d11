// An operator raises, lowers, resets and moves a budget while requests come and go: each change holds when its call returns, and
// the books agree.

import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const PATIENT = { timeout: 60_000 }
const TEAM = '/budgets/team/busy'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

let running: TestGateway | null = null
afterEach(() => running?.close())

interface BudgetState {
  readonly period: string
  readonly spent_usd: number
  readonly held_usd: number
  readonly free_usd: number
}

interface Busy {
  readonly gateway: TestGateway
  /** Whether it was answered; false: its budget had no room. */
  readonly ask: () => Promise<boolean>
  readonly change: (path: string, method: string, body?: object) => Promise<BudgetState>
  readonly state: () => Promise<BudgetState>
}

async function start(env: Readonly<Record<string, string>>): Promise<Busy> {
  // A busy machine is no store that is away.
  const config = { store: { command_timeout_ms: 30_000 } }
  const gateway = await startGateway({ env, config })
  running = gateway
  const change: Busy['change'] = async (path, method, body) => {
    const answer = await gateway.admin(path, { method, ...(body === undefined ? {} : { body }) })
    const text = await answer.text()
    expect([answer.status, text]).toEqual([200, expect.any(String)])
    const { budgets }: { budgets: readonly [BudgetState] } = JSON.parse(text)
    return budgets[0]
  }
  await change(TEAM, 'PUT', { limit_usd: 1, period: 'day' })
  const apiKey = await gateway.createKey({ team: 'busy' })
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
  return {
    gateway,
    change,
    state: () => change(TEAM, 'GET'),
    ask: () =>
      client.chat.completions
        .create({
          model: 'openai/gpt-4o-mini',
          messages: [{ role: 'user', content: 'Say hello.' }],
          max_completion_tokens: 100,
        })
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof OpenAI.APIError && error.code === 'insufficient_quota') return false
            throw error
          },
        ),
  }
}

function spentBy({ fleet }: TestGateway): number {
  return Number(fleet.books().billedPico)
}

const pico = (usd: number): number => Math.round(usd * 1e12)

it.each(['embedded', 'redis'])('on the %s store', { timeout: 240_000 }, async (kind) => {
  const env = kind === 'redis' ? { REDIS_URL: redis.url } : {}
  const { gateway, ask, change, state } = await start(env)
  const over = new AbortController()
  const loop = async (): Promise<void> => {
    while (!over.signal.aborted) await ask()
  }
  const traffic = Promise.all(Array.from({ length: 6 }, loop))
  const someAsked = (): Promise<boolean[]> => Promise.all(Array.from({ length: 6 }, ask))
  await expect.poll(async () => (await state()).spent_usd, PATIENT).toBeGreaterThan(0.0002)

  // Lowered below what is spent: nothing that begins from then on is let in.
  const lowered = await change(TEAM, 'PUT', { limit_usd: 0.0001, period: 'day' })
  expect(lowered.free_usd).toBeLessThan(0)
  expect(await someAsked()).toEqual(Array.from({ length: 6 }, () => false))
  await expect.poll(async () => (await state()).held_usd, PATIENT).toBe(0)
  const standing = await state()

  // Raised: all of the new room, and none beyond it, however many want it.
  const limit = standing.spent_usd + 0.0006
  await change(TEAM, 'PUT', { limit_usd: Number(limit.toFixed(12)), period: 'day' })
  await expect.poll(async () => (await someAsked()).every((isAnswered) => !isAnswered), PATIENT).toBe(true)
  for (let look = 0; look < 5; look++) expect((await state()).free_usd).toBeGreaterThanOrEqual(0)
  const usedUp = await state()
  expect(usedUp.spent_usd).toBeGreaterThan(standing.spent_usd)

  // Moved to another period: it begins at zero, and what is booked in the old one stays there.
  const moved = await change(TEAM, 'PUT', { limit_usd: 1, period: 'month' })
  expect(moved.period).toBe('month')
  expect(moved.spent_usd).toBeLessThan(usedUp.spent_usd)
  expect(await ask()).toBe(true)
  await expect.poll(async () => (await state()).spent_usd, PATIENT).toBeGreaterThan(0)
  const back = await change(TEAM, 'PUT', { limit_usd: 1, period: 'day' })
  expect(back.spent_usd).toBeGreaterThanOrEqual(usedUp.spent_usd)

  // Reset: what was spent is forgotten, what is under way counts when it ends.
  const before = (await state()).spent_usd
  expect((await change(`${TEAM}/reset`, 'POST')).spent_usd).toBeLessThan(before)
  expect(await ask()).toBe(true)

  over.abort()
  await traffic
  await expect.poll(() => gateway.held(), PATIENT).toBe(0)
  const { total }: { total: { cost_usd: number } } = JSON.parse(await (await gateway.admin('/spend')).text())
  expect(pico(total.cost_usd)).toBe(spentBy(gateway))
})
