// What each answer says about its cost: exact to the picodollar, the same in headers, usage and ledger, against the right
// baseline, and never zero for not being known.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      deadlines: { connect_ms: 1000, first_byte_ms: 1000, total_ms: 10_000 },
      circuit: { failures: 1000 },
    },
  })
})
afterAll(() => gateway.close())
beforeEach(() => {
  for (const provider of Object.values(gateway.fleet.providers)) provider.faults.clear()
})

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number }
  readonly completion_tokens_details: { readonly reasoning_tokens: number }
  readonly cost: number
  readonly cost_details: {
    readonly input: number
    readonly cached_input: number
    readonly cache_write: number
    readonly output: number
    readonly baseline: number
    readonly saved: number
    readonly source: string
  }
}

interface Answer {
  readonly usage: Usage
  readonly headers: Headers
  readonly ledger: {
    readonly cost_usd: number
    readonly baseline_usd: number
    readonly saved_usd: number
    readonly baseline_model: string | null
    readonly is_estimated: boolean
    readonly attempts: readonly { readonly cost_usd: number; readonly usage_source: string | null }[]
  }
}

/** Picodollars: amounts of one request are told exactly by a double. */
const pico = (usd: number): bigint => BigInt(Math.round(usd * 1e12))

async function ask(
  model: string,
  body: object = {},
  options: { key?: string; tier?: string } = {},
): Promise<Answer> {
  const { key = gateway.key, tier } = options
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(tier === undefined ? {} : { 'x-farthing-tier': tier }),
    },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Count to ten.' }], ...body }),
  })
  expect(response.status).toBe(200)
  const text = await response.text()
  const isStream = text.startsWith('data: ')
  const last = isStream ? (text.trim().split('\n\n').at(-2)?.slice('data: '.length) ?? '') : text
  const { usage }: { usage: Usage } = JSON.parse(last)
  const ledger: Answer['ledger'] = JSON.parse(
    JSON.stringify(await gateway.settled(response.headers.get('x-request-id') ?? '')),
  )
  expectAgreement({ usage, headers: response.headers, ledger }, isStream)
  return { usage, headers: response.headers, ledger }
}

function expectAgreement({ usage, headers, ledger }: Answer, isStream: boolean): void {
  const { cost, cost_details: details } = usage
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
  const parts =
    pico(details.input) + pico(details.cached_input) + pico(details.cache_write) + pico(details.output)
  expect(parts).toBe(pico(cost))
  expect(pico(details.saved)).toBe(pico(details.baseline) - pico(cost))
  expect(ledger).toMatchObject({ cost_usd: cost, baseline_usd: details.baseline, saved_usd: details.saved })
  expect(ledger.attempts.reduce((sum, attempt) => sum + pico(attempt.cost_usd), 0n)).toBe(pico(cost))
  // The head of a stream is sent before its cost is known.
  expect(headers.get('x-farthing-cost-usd')).toBe(isStream ? null : cost.toFixed(12))
  expect(headers.get('x-farthing-saved-usd')).toBe(isStream ? null : details.saved.toFixed(12))
  expect(headers.get('x-farthing-estimated-cost-usd')).toMatch(/^0\.\d{12}$/)
  expect(cost).toBeGreaterThan(0)
}

/** USD per million tokens, of config/catalog.yaml. */
const GPT_4O = { input: 2.5, cached: 1.25, output: 10 }
const GPT_4O_MINI = { input: 0.15, cached: 0.075, output: 0.6 }

function priceOf(usage: Usage, { input, cached, output }: typeof GPT_4O): bigint {
  const cachedTokens = usage.prompt_tokens_details.cached_tokens
  return (
    BigInt(usage.prompt_tokens - cachedTokens) * BigInt(input * 1e6) +
    BigInt(cachedTokens) * BigInt(cached * 1e6) +
    BigInt(usage.completion_tokens) * BigInt(output * 1e6)
  )
}

const onlyAt = (provider: string) => ({ routing: { providers: { only: [provider] } } })

describe('the baseline', () => {
  it('of an alias is the model that it names, whatever the key says', async () => {
    const key = await gateway.createKey({ baseline: 'openai/gpt-4o' })
    const { usage, ledger } = await ask('gpt-4o-mini', {}, { key })
    expect(ledger.baseline_model).toBe('openai/gpt-4o-mini')
    expect(pico(usage.cost_details.baseline)).toBe(priceOf(usage, GPT_4O_MINI))
  })

  it('of a tier is that of the key, else that of the configuration', async () => {
    const plain = await ask('economy')
    expect(plain.ledger.baseline_model).toBe('openai/gpt-4o')
    expect(pico(plain.usage.cost_details.baseline)).toBe(priceOf(plain.usage, GPT_4O))
    const key = await gateway.createKey({ baseline: 'openai/gpt-4o-mini' })
    const { usage, ledger } = await ask('economy', {}, { key })
    expect(ledger.baseline_model).toBe('openai/gpt-4o-mini')
    expect(pico(usage.cost_details.baseline)).toBe(priceOf(usage, GPT_4O_MINI))
  })

  it('of a pin is the model itself, so that nothing is saved', async () => {
    const { usage, ledger } = await ask('openai/gpt-6-luna')
    expect(ledger.baseline_model).toBe('openai/gpt-6-luna')
    expect(usage.cost_details.saved).toBe(0)
  })

  it('of a conversation that moved has the turn before from the cache, so that the lost one is a loss', async () => {
    const key = await gateway.createKey({ baseline: 'openai/gpt-4o' })
    const opening = [
      { role: 'system', content: 'Keep the rules of the house. '.repeat(600) },
      { role: 'user', content: 'Count to ten.' },
    ]
    const first = await ask('economy', { messages: opening, ...onlyAt('deepseek') }, { key })
    expect(pico(first.usage.cost_details.baseline)).toBe(priceOf(first.usage, GPT_4O))
    const next = [
      { role: 'assistant', content: '1, 2, 3.' },
      { role: 'user', content: 'And on to twenty.' },
    ]
    const moved = await ask('frontier', { messages: [...opening, ...next], ...onlyAt('anthropic') }, { key })
    const { usage, ledger } = moved
    expect(usage.prompt_tokens_details.cached_tokens).toBe(0)
    const baseline = pico(usage.cost_details.baseline)
    const allFresh = priceOf(usage, GPT_4O)
    const allCached = priceOf(usage, { ...GPT_4O, input: GPT_4O.cached })
    expect(baseline).toBeLessThan(allFresh)
    expect(baseline - allCached).toBeLessThan((allFresh - allCached) / 10n)
    expect(baseline).toBeGreaterThanOrEqual(allCached)
    expect(ledger.baseline_model).toBe('openai/gpt-4o')
  })

  it('is not bettered: what costs more than it saves less than nothing', async () => {
    const { usage, ledger } = await ask('gpt-4o-mini', {}, { tier: 'frontier' })
    expect(usage.cost_details.saved).toBeLessThan(0)
    expect(ledger.saved_usd).toBeLessThan(0)
    const spend: { total: { saved_usd: number; cost_usd: number; baseline_usd: number } } = JSON.parse(
      await (await gateway.admin('/spend')).text(),
    )
    expect(pico(spend.total.saved_usd)).toBe(pico(spend.total.baseline_usd) - pico(spend.total.cost_usd))
  })
})

describe('usage', () => {
  it.each([
    'deepseek/deepseek-flash',
    'alibaba/qwen3.7-plus',
    'moonshot/kimi-k2.6',
    'openai/gpt-5-mini',
    'anthropic/claude-haiku-5-5',
  ])('of %s is as its books have it, cached prompts included, streamed or not', async (model) => {
    const provider = Object.values(gateway.fleet.providers).find(({ provider: id }) =>
      model.startsWith(`${id}/`),
    )
    if (provider === undefined) throw new Error(`nobody provides ${model}`)
    const system = {
      role: 'system',
      content: 'Keep the rules of the house. '.repeat(600),
      cache_control: undefined,
    }
    const messages = [system, { role: 'user', content: 'Count to ten.' }]
    let cached = 0
    for (const streaming of [{}, { stream: true, stream_options: { include_usage: true } }, {}]) {
      const before = provider.books.billedPico
      const { usage } = await ask(model, { messages, ...streaming })
      expect(pico(usage.cost)).toBe(provider.books.billedPico - before)
      expect(usage.cost_details.source).toBe('provider')
      expect(usage.prompt_tokens).toBeGreaterThan(3000)
      cached += usage.prompt_tokens_details.cached_tokens
    }
    // Anthropic caches what is marked only.
    if (!model.startsWith('anthropic/')) expect(cached).toBeGreaterThan(1000)
  })

  it('tells reasoning inside of what was written', async () => {
    const { usage } = await ask('deepseek/deepseek-flash', { reasoning_effort: 'high' })
    expect(usage.completion_tokens_details.reasoning_tokens).toBeGreaterThan(0)
    expect(usage.completion_tokens_details.reasoning_tokens).toBeLessThan(usage.completion_tokens)
  })

  it.each([
    ['whole', {}],
    ['streamed', { stream: true, stream_options: { include_usage: true } }],
  ])('that a provider did not report is estimated, and says so: %s', async (_, streaming) => {
    gateway.fleet.providers.openai.faults.push({ kind: 'no_usage' })
    const { usage, ledger } = await ask('openai/gpt-6-luna', streaming)
    expect(usage.prompt_tokens).toBeGreaterThan(0)
    expect(usage.completion_tokens).toBeGreaterThan(0)
    expect(usage.cost_details.source).toBe('estimated')
    expect(ledger.is_estimated).toBe(true)
    expect(ledger.attempts).toMatchObject([{ usage_source: 'estimated' }])
  })

  it('counts attempts that failed, where they may be billed', async () => {
    gateway.fleet.providers.openai.faults.push({ kind: 'hang' })
    const only = { routing: { tier: 'economy', providers: { only: ['openai'] } } }
    const { usage, headers, ledger } = await ask('economy', only)
    expect(headers.get('x-farthing-attempts')).toBe('2')
    expect(ledger.attempts).toMatchObject([{ usage_source: 'estimated' }, { usage_source: 'provider' }])
    expect(ledger.attempts[0]?.cost_usd).toBeGreaterThan(0)
    expect(usage.cost_details.source).toBe('estimated')
  })
})
