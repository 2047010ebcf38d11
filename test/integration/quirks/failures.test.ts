// Quirks of how providers fail: the same words mean different things, and what they mean decides. The numbers are those of
// docs/providers.md.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ProviderId } from '../../../src/core/route.ts'
import type { Fault } from '../../../src/simulator/faults.ts'
import { type Asked, askModel } from '../../support/ask-model.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

/** So short that one case leaves nothing to the next. */
const SHORT = { failures: 50, open_ms: 100, rate_limit_ms: 100, open_long_ms: 100, disable_ms: 100 }

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { circuit: SHORT } })
})
afterAll(() => gateway.close())
beforeEach(async () => {
  for (const provider of Object.values(gateway.fleet.providers)) provider.faults.clear()
  await recovered()
})

/** Longer than any circuit of this configuration stays open. */
const recovered = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150))

const MODELS: Record<ProviderId, string> = {
  deepseek: 'deepseek/deepseek-flash',
  alibaba: 'alibaba/qwen3.8-flash',
  moonshot: 'moonshot/kimi-k3',
  openai: 'openai/gpt-6-luna',
  anthropic: 'anthropic/claude-haiku-5-5',
}

async function outcomeOf(
  provider: ProviderId,
  fault: Fault,
): Promise<{ asked: Asked; outcomes: readonly string[] }> {
  gateway.fleet.providers[provider].faults.push({ ...fault, times: 10 })
  const asked = await askModel(gateway, MODELS[provider])
  gateway.fleet.providers[provider].faults.clear()
  const details = await gateway.settled(asked.headers.get('x-request-id') ?? '')
  return { asked, outcomes: [...new Set(details.attempts.map(({ outcome }) => outcome))] }
}

const again = async (fault: Fault): Promise<[string, boolean]> => {
  const { asked, outcomes } = await outcomeOf('moonshot', fault)
  return [outcomes.join(), asked.sent.length > 1]
}

const vendorError = (name: string): Fault => ({ kind: 'vendor_error', name })

it('quirk 23: insufficient_quota is a passing limit at Qwen, and no money at OpenAI', async () => {
  expect((await outcomeOf('alibaba', vendorError('insufficient_quota'))).outcomes).toEqual(['rate_limited'])
  expect((await outcomeOf('openai', { kind: 'out_of_money' })).outcomes).toEqual(['out_of_money'])
})

it('quirk 24: an unpaid account at Qwen is a 400, and no fault of the request', async () => {
  const { asked, outcomes } = await outcomeOf('alibaba', { kind: 'out_of_money' })
  expect([outcomes, asked.status, asked.body.error?.code]).toEqual([['out_of_money'], 502, 'upstream_error'])
})

it('quirk 25: Qwen’s moderation is known in all its spellings', async () => {
  for (const fault of [
    { kind: 'content_filter' } as const,
    vendorError('DataInspectionFailed'),
    vendorError('InternalError.Algo.DataInspectionFailed'),
  ])
    expect((await outcomeOf('alibaba', fault)).outcomes).toEqual(['content_filter'])
})

it('quirk 27: a refusal of Claude’s is an answer, billed, and ends with content_filter', async () => {
  const usage = { input_tokens: 100, output_tokens: 20 }
  const body = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-5-5',
    content: [],
    stop_reason: 'refusal',
    usage,
  }
  gateway.fleet.providers.anthropic.faults.push({ kind: 'status', status: 200, body })
  const asked = await askModel(gateway, MODELS.anthropic)
  expect([asked.status, asked.body.choices?.[0]?.finish_reason, asked.sent.length]).toEqual([
    200,
    'content_filter',
    1,
  ])
  expect(asked.body.usage?.cost).toBe((100 * 0.1 + 20 * 0.5) / 1e6)
})

it('quirk 27: nor does a refused stream, without a single block, look like an empty success', async () => {
  const { anthropic } = gateway.fleet.providers
  anthropic.faults.push({ kind: 'ends', finish: 'content_filter', pieces: 0 })
  const asked = await askModel(gateway, MODELS.anthropic, {
    stream: true,
    stream_options: { include_usage: true },
  })
  expect([asked.status, asked.sent.length]).toEqual([200, 1])
  expect(asked.text).toContain('"finish_reason":"content_filter"')
  expect(asked.text).toMatch(/data: \[DONE\]\s*$/)
  const details = await gateway.settled(asked.headers.get('x-request-id') ?? '')
  expect(BigInt(Math.round(details.cost_usd * 1e12))).toBe(anthropic.books.entries.at(-1)?.pico)
  expect(details.cost_usd).toBeGreaterThan(0)
})

it('quirk 29: a key of another region looks like a bad one, and the account is left alone', async () => {
  for (const provider of ['alibaba', 'moonshot'] as const) {
    const { asked, outcomes } = await outcomeOf(provider, { kind: 'bad_key' })
    expect([outcomes, asked.sent.length, asked.status]).toEqual([['unauthorized'], 1, 502])
  }
})

it('quirk 37: a page of HTML is no answer, and no JSON is looked for in it', async () => {
  const { asked, outcomes } = await outcomeOf('moonshot', { kind: 'html_504' })
  expect([outcomes, asked.status]).toEqual([['timeout'], 504])
  expect(asked.text).not.toContain('<html')
})

// Last, since a rate limit is waited for as long as the provider asks.
it('quirk 26: of Kimi’s three kinds of 429 one is never tried again', async () => {
  expect(await again({ kind: 'overloaded' })).toEqual(['overloaded', true])
  expect(await again({ kind: 'out_of_money' })).toEqual(['out_of_money', false])
  await recovered()
  expect((await again({ kind: 'rate_limited' }))[0]).toBe('rate_limited')
})
