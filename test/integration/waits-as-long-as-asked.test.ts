// A pinned model whose provider asks for a short wait: in seconds, in milliseconds or as a date, the request waits, and is
// answered. On every provider, with its own words.

import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { PROVIDER_IDS, type ProviderId } from '../../src/core/route.ts'
import { buildErrorAnswer } from '../../src/simulator/refusal.ts'
import { askModel } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const MODELS: Record<ProviderId, string> = {
  deepseek: 'deepseek/deepseek-flash',
  alibaba: 'alibaba/qwen3.8-flash',
  moonshot: 'moonshot/kimi-k2.6',
  openai: 'openai/gpt-6-luna',
  anthropic: 'anthropic/claude-haiku-5-5',
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())
afterEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

/** Two seconds from now, as a date has no parts of them. */
const inTwoSeconds = (): Readonly<Record<string, string>> => {
  const nowMs = Date.now()
  return { date: new Date(nowMs).toUTCString(), 'retry-after': new Date(nowMs + 2_000).toUTCString() }
}

it.each<[string, () => Readonly<Record<string, string>>, number]>([
  ['seconds', () => ({ 'retry-after': '1' }), 1_000],
  ['milliseconds', () => ({ 'retry-after-ms': '400' }), 400],
  ['a date', inTwoSeconds, 1_000],
])('%s, on every provider', async (_, headers, leastMs) => {
  const waits = PROVIDER_IDS.map(async (provider) => {
    const { status, body } = buildErrorAnswer(provider, 'rate_limited')
    gateway.fleet.providers[provider].faults.push({ kind: 'status', status, body, headers: headers() })
    const startedAt = performance.now()
    const asked = await askModel(gateway, MODELS[provider])
    const details = await gateway.settled(asked.headers.get('x-request-id') ?? '')
    return {
      provider,
      status: asked.status,
      outcomes: details.attempts.map(({ outcome }) => outcome),
      hasWaited: performance.now() - startedAt >= leastMs,
    }
  })
  expect(await Promise.all(waits)).toEqual(
    PROVIDER_IDS.map((provider) => ({
      provider,
      status: 200,
      outcomes: ['rate_limited', 'success'],
      hasWaited: true,
    })),
  )
})

it('a wait that no client would sit through is not waited for', async () => {
  const ends = PROVIDER_IDS.map(async (provider) => {
    const { status, body } = buildErrorAnswer(provider, 'rate_limited')
    const headers = { 'retry-after': '60' }
    gateway.fleet.providers[provider].faults.push({ kind: 'status', status, body, headers })
    const asked = await askModel(gateway, MODELS[provider])
    return [provider, asked.status, asked.sent.length]
  })
  expect(await Promise.all(ends)).toEqual(PROVIDER_IDS.map((provider) => [provider, 502, 1]))
})
