// A prompt of 900,000 tokens: sent only where it fits, and priced at the bracket that its length chooses.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { countTokens } from '../../src/simulator/tokenizer.ts'
import { providerOf } from '../support/ask-model.ts'
import { type RequestDetails, startGateway, type TestGateway } from '../support/gateway.ts'

interface CatalogModel {
  readonly provider: string
  readonly id: string
  readonly context: number
  readonly max_prompt?: number
  readonly prices?: readonly {
    readonly region?: string
    readonly brackets: readonly Bracket[]
  }[]
}

interface Bracket {
  readonly up_to?: number
  readonly input: number
  readonly cached_input?: number
  readonly cache_write?: number
}

type Attempt = RequestDetails['attempts'][number]

const { models }: { models: readonly CatalogModel[] } = parse(readFileSync('config/catalog.yaml', 'utf8'))
const TOKENS = 900_000
const SENTENCE = 'a clear answer comes from the question itself and '

/** Text of so many tokens at the provider. */
function textOf(provider: Parameters<typeof countTokens>[0], tokens: number): string {
  const hundred = SENTENCE.repeat(100)
  return hundred.repeat(Math.round(tokens / countTokens(provider, hundred)))
}

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
  // 900,000 tokens are near the longest prompt of OpenAI's models: how it counts is learned from what it reports.
  for (let asked = 0; asked < 40; asked++) {
    const { status } = await ask('openai/gpt-6-luna', textOf('openai', 2_000))
    if (status !== 200) throw new Error(`status ${status}`)
  }
})
afterAll(() => gateway.close())

interface Answered {
  readonly status: number
  readonly body: {
    readonly error?: { readonly code: string; readonly message: string }
    readonly farthing?: {
      readonly candidates: readonly { route: string; verdict: string; reason: string | null }[]
    }
  }
  readonly requestId: string
}

async function ask(model: string, content: string, fields: object = {}): Promise<Answered> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], max_tokens: 100, ...fields }),
  })
  const body: Answered['body'] = JSON.parse(await response.text())
  return { status: response.status, body, requestId: response.headers.get('x-request-id') ?? '' }
}

const firstPrices = ({ prices = [] }: CatalogModel): readonly Bracket[] =>
  prices.find(({ region }) => region === undefined || region === 'singapore')?.brackets ?? []

/** Of the prompt, in USD, at the bracket that its length chooses. */
function promptCost(model: CatalogModel, { usage }: Attempt): number {
  const bracket = firstPrices(model).find(({ up_to: upTo }) => upTo === undefined || upTo >= TOKENS)
  if (bracket === undefined) return Number.NaN
  const { input_tokens: all, cached_tokens: cached, cache_write_tokens: written } = usage
  const fresh = all - cached - written
  const { input, cached_input: read = input, cache_write: write = input } = bracket
  return (fresh * input + cached * read + written * write) / 1e6
}

const modelOf = (route: string): CatalogModel | undefined =>
  models.find(({ provider, id }) => route.split('@')[0] === `${provider}/${id}`)

describe('a prompt of 900,000 tokens', () => {
  it('goes to the cheapest route that it fits, and those that are too short say so', async () => {
    const { status, body, requestId } = await ask('economy', textOf('alibaba', TOKENS), {
      routing: { explain: true },
    })
    expect(status).toBe(200)
    const candidates = body.farthing?.candidates ?? []
    const short = candidates.filter(({ route }) => (modelOf(route)?.context ?? 0) < TOKENS)
    expect(short.length).toBeGreaterThan(5)
    for (const { route, verdict, reason } of short)
      expect([route, verdict, reason]).toEqual([route, 'ineligible', 'context_window'])
    const { attempts } = await gateway.settled(requestId)
    expect(attempts).toHaveLength(1)
    expect(modelOf(attempts[0]?.route ?? '')?.context).toBeGreaterThan(TOKENS)
  })

  it.each([
    'alibaba/qwen3.7-flash',
    'alibaba/qwen3.7-plus',
    'openai/gpt-6-luna',
    'openai/gpt-6.1-terra',
    'anthropic/claude-haiku-5-5',
  ])('is priced at its bracket: %s', async (pin) => {
    const model = modelOf(pin)
    if (model === undefined) throw new Error(`no ${pin}`)
    const provider = providerOf(pin)
    const before = gateway.fleet.books().entries.length
    const { status, requestId } = await ask(pin, textOf(provider, TOKENS))
    expect(status).toBe(200)
    const details = await gateway.settled(requestId)
    const [attempt] = details.attempts
    if (attempt === undefined) throw new Error('no attempt')
    expect(attempt.usage.input_tokens).toBeGreaterThan(0.99 * TOKENS)
    expect(attempt.usage.input_tokens).toBeLessThan(1.01 * TOKENS)
    const { input, cached_input: read, cache_write: write } = attempt.cost_details
    expect(input + read + write).toBeCloseTo(promptCost(model, attempt), 9)
    // The longer a prompt the dearer is each token of it.
    const inputs = firstPrices(model).map((bracket) => bracket.input)
    expect(inputs.at(-1)).toBeGreaterThan(inputs[0] ?? Infinity)
    expect(BigInt(Math.round(details.cost_usd * 1e12))).toBe(gateway.fleet.books().entries.at(before)?.pico)
  })

  it.each(['moonshot/kimi-k2.6', 'openai/gpt-5.4-mini', 'anthropic/claude-haiku-4-5'])(
    'is refused before anything is sent where only a shorter model may answer: %s',
    async (pin) => {
      const before = gateway.fleet.books().entries.length
      const { status, body } = await ask(pin, textOf(providerOf(pin), TOKENS))
      expect(status).toBe(400)
      expect(body.error?.code).toBe('no_eligible_route')
      expect(body.error?.message).toContain('context window')
      expect(gateway.fleet.books().entries).toHaveLength(before)
      expect(await gateway.held()).toBe(0)
    },
  )

  it('one that fits nowhere is refused, and one beyond the limit of bodies has its own error', async () => {
    const { status, body } = await ask('economy', textOf('openai', 1_500_000))
    expect([status, body.error?.code]).toEqual([400, 'no_eligible_route'])
    const large = await ask('economy', SENTENCE.repeat(400_000))
    expect([large.status, large.body.error?.code]).toEqual([413, 'request_too_large'])
  })
})
