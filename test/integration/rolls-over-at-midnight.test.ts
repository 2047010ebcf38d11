// Midnight in the middle of the traffic: what was held before belongs to the day before, whenever it ends.

import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]
/** Midnight in Auckland. */
const MIDNIGHT_MS = Date.UTC(2026, 10, 24, 11)
const LIMIT_USD = 0.0015

/** A clock whose hands a test moves; it goes on by itself as well. */
const startedAtMs = Date.now()
let offsetMs = MIDNIGHT_MS - 3_600_000 - startedAtMs
const clock = { now: () => Date.now() + offsetMs }

let gateway: TestGateway
let client: OpenAI
beforeAll(async () => {
  const budget = { limit_usd: LIMIT_USD, period: 'day', time_zone: 'Pacific/Auckland' }
  gateway = await startGateway({ clock, config: { budgets: { teams: { night: [budget] } } } })
  const apiKey = await gateway.createKey({ team: 'night' })
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
})
afterAll(() => gateway.close())

/** Whether it was answered, and what it cost. */
async function ask(): Promise<number | null> {
  try {
    const { response } = await client.chat.completions
      .create({ model: 'openai/gpt-4o-mini', messages: HELLO, max_completion_tokens: 100 })
      .withResponse()
    return Number(response.headers.get('x-farthing-cost-usd'))
  } catch (error) {
    if (error instanceof OpenAI.RateLimitError && error.code === 'insufficient_quota') return null
    throw error
  }
}

async function today(): Promise<{ from: string; spent_usd: number; held_usd: number }> {
  const { budgets } = JSON.parse(await (await gateway.admin('/budgets/team/night')).text())
  return budgets[0]
}

function sumOf(costs: readonly (number | null)[]): number {
  return costs.reduce<number>((sum, cost) => sum + Math.round((cost ?? 0) * 1e12), 0) / 1e12
}

it('a request that straddles it is booked where it was held, and the new day begins with all of its room', async () => {
  // Used up, with one request that is still under way.
  gateway.fleet.providers.openai.faults.push({ kind: 'slow_first_byte', ms: 4_000 })
  const straddling = ask()
  await expect.poll(() => gateway.held()).toBe(1)
  const before: (number | null)[] = []
  do before.push(await ask())
  while (before.at(-1) !== null)
  expect(before.length).toBeGreaterThan(3)
  expect((await today()).from).toBe(new Date(MIDNIGHT_MS - 86_400_000).toISOString())

  offsetMs = MIDNIGHT_MS - Date.now()
  expect(await gateway.held()).toBe(1)
  const after = await Promise.all(Array.from({ length: 60 }, () => ask()))
  const first = await straddling
  expect(first).toBeGreaterThan(0)
  await expect.poll(() => gateway.held(), { timeout: 5_000 }).toBe(0)
  const newDay = await today()
  expect(newDay).toMatchObject({
    from: new Date(MIDNIGHT_MS).toISOString(),
    spent_usd: sumOf(after),
    held_usd: 0,
  })
  expect(newDay.spent_usd).toBeLessThanOrEqual(LIMIT_USD)
  expect(after.filter((cost) => cost !== null).length).toBeGreaterThan(3)

  offsetMs -= 3_600_000
  const oldDay = await today()
  expect(oldDay.spent_usd).toBe(sumOf([...before, first]))
  expect(oldDay.spent_usd).toBeLessThanOrEqual(LIMIT_USD)
})
