// A hard budget and requests that take more than one paid attempt by design: streams that are gone on with, and answers that
// are mended. Many at once, and never a picodollar more.

import { afterEach, expect, it } from 'vitest'
import type { Fault } from '../../src/simulator/faults.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const LIMIT_USD = 0.02
const MODELS = ['deepseek/deepseek-flash', 'moonshot/kimi-k2.6']

let gateway: TestGateway
afterEach(() => gateway.close())

interface Spent {
  readonly statuses: readonly number[]
  readonly spentUsd: number
  /** Attempts of each request that was let in. */
  readonly attempts: readonly number[]
  readonly bookedPico: bigint
}

/** Asks sixty times at once with a key that may spend so much, and no more. */
async function spend(body: object): Promise<Spent> {
  const fields = {
    name: 'test',
    models: { allow: MODELS },
    budgets: [{ limit_usd: LIMIT_USD, period: 'total' }],
  }
  const created = await gateway.admin('/keys', { method: 'POST', body: fields })
  const { id, key }: { id: string; key: string } = JSON.parse(await created.text())
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'standard', max_tokens: 400, ...body }),
      })
      await response.text()
      return { status: response.status, id: response.headers.get('x-request-id') ?? '' }
    }),
  )
  await expect.poll(() => gateway.held(), { timeout: 20_000 }).toBe(0)
  const letIn = answers.filter(({ status }) => status !== 429)
  const details = await Promise.all(letIn.map((answer) => gateway.settled(answer.id)))
  const policy: { budgets: readonly { spent_usd: number }[] } = JSON.parse(
    await (await gateway.admin(`/budgets/key/${id}`)).text(),
  )
  return {
    statuses: answers.map(({ status }) => status),
    spentUsd: policy.budgets[0]?.spent_usd ?? Number.NaN,
    attempts: details.map(({ attempts }) => attempts.length),
    bookedPico: details.reduce((sum, { cost_usd: cost }) => sum + BigInt(Math.round(cost * 1e12)), 0n),
  }
}

const CASES: readonly (readonly [string, Parameters<typeof startGateway>[0], Fault, object])[] = [
  [
    'streams that are gone on with',
    { config: { streams: { resume: true }, circuit: { failures: 1_000 } } },
    { kind: 'die_after_chunks', chunks: 10, times: 1_000 },
    { stream: true, messages: [{ role: 'user', content: 'How is that done? In 24 words.' }] },
  ],
  [
    'answers that are mended',
    { config: { routing: { json_schema: 'repaired' } } },
    { kind: 'misfit', times: 1_000 },
    {
      messages: [{ role: 'user', content: 'Where?' }],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'place',
          schema: {
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
            additionalProperties: false,
          },
        },
      },
    },
  ],
]

it.each(CASES)('%s keep within a hard budget', async (_, options, fault, body) => {
  gateway = await startGateway(options)
  gateway.fleet.providers.deepseek.faults.push(fault)
  const { statuses, spentUsd, attempts, bookedPico } = await spend(body)
  expect(spentUsd).toBeGreaterThan(0)
  expect(spentUsd).toBeLessThanOrEqual(LIMIT_USD)
  expect(BigInt(Math.round(spentUsd * 1e12))).toBe(bookedPico)
  expect(statuses).toContain(429)
  expect(attempts.filter((count) => count > 1).length).toBeGreaterThan(1)
})
