// Servers that the configuration describes and no code knows: asked as vLLM, llama.cpp and Ollama want to be asked, read as
// they answer, routed to, billed, shown and limited like every other provider.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts'

const FREE = 'lab/llama3.1:8b'
const PRICED = 'gpu-2/Qwen/Qwen3-32B'

let lab: ScriptedProvider
let gpu: ScriptedProvider
let gateway: TestGateway
beforeAll(async () => {
  lab = await startScriptedProvider()
  gpu = await startScriptedProvider()
  gateway = await startGateway({
    env: { GPU_2_KEY: 'gpu-secret' },
    config: {
      circuit: { failures: 2, open_ms: 60_000 },
      providers: {
        lab: {
          kind: 'openai-compatible',
          base_url: `${lab.url}/v1`,
          jurisdiction: 'de',
          models: {
            'llama3.1:8b': { tier: 'economy', context: 8192, prices: { input: 0, output: 0 } },
            unpriced: { tier: 'economy', context: 8192 },
          },
        },
        'gpu-2': {
          kind: 'openai-compatible',
          base_url: `${gpu.url}/openai/v1`,
          api_key_env: 'GPU_2_KEY',
          jurisdiction: 'fr',
          output_cap: 'max_completion_tokens',
          stream_options: false,
          models: {
            'Qwen/Qwen3-32B': {
              tier: 'standard',
              context: 32_768,
              can: ['stop', 'tools'],
              prices: { input: 0.25, cached_input: 0.05, output: 1, checked: '2026-01-02' },
            },
          },
        },
        spare: {
          kind: 'openai-compatible',
          base_url: 'http://127.0.0.1:9/v1',
          api_key_env: 'SPARE_KEY',
          jurisdiction: 'fr',
          models: { any: { tier: 'economy', context: 1000, prices: { input: 1, output: 1 } } },
        },
      },
    },
  })
})
afterAll(async () => {
  await gateway.close()
  await lab.close()
  await gpu.close()
})
beforeEach(() => {
  play(lab, 'text.json')
  play(gpu, 'cached.json')
})

function play(server: ScriptedProvider, fixture: string, headers: Record<string, string> = {}): void {
  const bytes = readFileSync(join(import.meta.dirname, '../fixtures/openai-compatible', fixture))
  const type = fixture.endsWith('.sse') ? 'text/event-stream' : 'application/json'
  server.play({ headers: { 'content-type': type, ...headers }, pieces: [bytes] })
}

interface Told {
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly total_tokens: number
    readonly cost: number
    readonly cost_details: { readonly source: string; readonly saved: number }
  }
  readonly error?: { readonly message: string; readonly code: string; readonly param: string | null }
  readonly farthing?: {
    readonly candidates: readonly { route: string; verdict: string; reason: string | null }[]
  }
}

async function ask(fields: Record<string, unknown>, key = gateway.key) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'What was a farthing?' }], ...fields }),
  })
  const body: Told = JSON.parse(await response.text())
  return { response, body, id: response.headers.get('x-request-id') ?? '' }
}

function lastBody(server: ScriptedProvider): Record<string, unknown> {
  return JSON.parse(server.requests.at(-1)?.body ?? '{}')
}

async function stream(model: string) {
  const completion = await gateway.client.chat.completions
    .create({
      model,
      messages: [{ role: 'user', content: 'What was a farthing?' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    .withResponse()
  let text = ''
  let usage: OpenAI.CompletionUsage | null | undefined
  for await (const chunk of completion.data) {
    text += chunk.choices[0]?.delta.content ?? ''
    usage = chunk.usage ?? usage
  }
  return { text, usage, id: completion.response.headers.get('x-request-id') ?? '' }
}

describe('without a key and without a price', () => {
  it('is asked with nothing but the request, and costs nothing, as its price says', async () => {
    const { response, body, id } = await ask({ model: FREE, max_completion_tokens: 50 })
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-farthing-provider': 'lab',
      'x-farthing-model': 'llama3.1:8b',
      'x-farthing-cost-usd': '0.000000000000',
    })
    expect(body.usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 9, cost: 0 })
    expect(body.usage.cost_details.source).toBe('provider')
    expect(lab.requests.at(-1)).toMatchObject({ path: '/v1/chat/completions', authorization: undefined })
    expect(lastBody(lab)).toEqual({
      model: 'llama3.1:8b',
      messages: [{ role: 'user', content: 'What was a farthing?' }],
      max_tokens: 50,
    })
    const { cost_usd: cost, attempts } = await gateway.settled(id)
    expect(cost).toBe(0)
    expect(attempts).toMatchObject([{ route: FREE, provider: 'lab', outcome: 'success', cost_usd: 0 }])
  })

  it('is the cheapest of its tier', async () => {
    const { response, body } = await ask({ model: 'economy' })
    expect(response.headers.get('x-farthing-provider')).toBe('lab')
    expect(body.usage.cost_details.saved).toBeGreaterThan(0)
  })

  it('streams, with its usage at the end', async () => {
    play(lab, 'text.sse')
    const { text, usage } = await stream(FREE)
    expect(text).toBe('A farthing was a quarter of a penny.')
    expect(usage).toMatchObject({ prompt_tokens: 19, completion_tokens: 9, total_tokens: 28 })
    expect(lastBody(lab)).toMatchObject({ stream: true, stream_options: { include_usage: true } })
  })

  it('is named in the start-up log, as is the model whose price nobody gave', () => {
    expect(gateway.log()).toContain(`cost nothing, as their prices say: ${FREE}`)
    expect(gateway.log()).toContain('without a price in its region, and so never routed to: lab/unpriced')
    expect(gateway.log()).toContain('gpu-2/Qwen/Qwen3-32B on 2026-01-02')
    expect(gateway.log()).toContain('"spare":"SPARE_KEY is not set"')
    expect(gateway.log()).not.toContain('gpu-secret')
  })

  it('is not routed to where it has no price', async () => {
    const { response } = await ask({ model: 'lab/unpriced' })
    expect(response.status).toBe(400)
  })
})

describe('with a key and a price', () => {
  it('is asked with its key, in its words, and billed at its price', async () => {
    const { body } = await ask({ model: PRICED, max_tokens: 50 })
    expect(gpu.requests.at(-1)).toMatchObject({
      path: '/openai/v1/chat/completions',
      authorization: 'Bearer gpu-secret',
    })
    expect(lastBody(gpu)).toMatchObject({ model: 'Qwen/Qwen3-32B', max_completion_tokens: 50 })
    // 48 fresh, 1,152 cached, 2 of output.
    expect(body.usage.cost).toBeCloseTo((48 * 0.25 + 1152 * 0.05 + 2 * 1) / 1e6, 12)
  })

  it.each(['usage-beside-the-end.sse', 'usage-in-every-chunk.sse'])(
    'is not asked for the usage of a stream where it does not know the question: %s',
    async (fixture) => {
      play(gpu, fixture)
      const { usage, id } = await stream(PRICED)
      expect(lastBody(gpu)).not.toHaveProperty('stream_options')
      expect(usage?.prompt_tokens).toBe(5)
      const { attempts } = await gateway.settled(id)
      expect(attempts).toMatchObject([{ usage_source: 'provider' }])
    },
  )

  it.each(['no-usage', 'zero-usage'])(
    'is billed by an estimate where it reports nothing: %s',
    async (name) => {
      play(gpu, `${name}.json`)
      const { body } = await ask({ model: PRICED })
      expect(body.usage.cost_details.source).toBe('estimated')
      expect(body.usage.cost).toBeGreaterThan(0)
      expect(body.usage.prompt_tokens).toBeGreaterThan(0)
      expect(body.usage.completion_tokens).toBeGreaterThan(0)
      play(gpu, `${name}.sse`)
      const { usage, id } = await stream(PRICED)
      expect(usage?.completion_tokens).toBeGreaterThan(0)
      const { attempts } = await gateway.settled(id)
      expect(attempts).toMatchObject([{ usage_source: 'estimated', cost_usd: expect.any(Number) }])
      expect(attempts[0]?.cost_usd).toBeGreaterThan(0)
    },
  )
})

describe('like every other provider it', () => {
  it('stands in /v1/models and is found by its name', async () => {
    const { data } = await gateway.client.models.list()
    const ids = data.map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining([FREE, PRICED]))
    expect(ids).not.toContain('lab/unpriced')
    expect(ids).not.toContain('spare/any')
    expect(await gateway.client.models.retrieve(PRICED)).toMatchObject({ id: PRICED, owned_by: 'gpu-2' })
  })

  it('stands in /admin/providers with its price', async () => {
    const { data }: { data: { id: string; on: boolean; off_because: string | null; routes: unknown[] }[] } =
      JSON.parse(await (await gateway.admin('/providers')).text())
    expect(data.find(({ id }) => id === 'gpu-2')).toMatchObject({
      on: true,
      routes: [{ id: PRICED, usd_per_million_tokens: { input: 0.25, cached_input: 0.05, output: 1 } }],
    })
    expect(data.find(({ id }) => id === 'spare')).toMatchObject({
      on: false,
      off_because: 'SPARE_KEY is not set',
    })
  })

  it('has its own labels in the metrics', async () => {
    const { id } = await ask({ model: PRICED })
    await gateway.settled(id)
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    expect(text).toMatch(/farthing_requests_total\{[^}]*provider="gpu-2",model="Qwen\/Qwen3-32B"/)
    expect(text).toMatch(/farthing_circuit_open\{provider="lab",model="llama3.1:8b"\} 0/)
  })

  it('can be asked for and left out by its name', async () => {
    const only = await ask({ model: 'economy', routing: { providers: { only: ['gpu-2'] } } })
    expect(only.response.headers.get('x-farthing-provider')).toBe('gpu-2')
    const ignored = await ask({ model: 'economy', routing: { providers: { ignore: ['lab'] } } })
    expect(ignored.response.headers.get('x-farthing-provider')).not.toBe('lab')
    const wrong = await ask({ model: 'economy', routing: { providers: { only: ['labs'] } } })
    expect(wrong.body.error).toMatchObject({
      message: expect.stringContaining('anthropic, lab, gpu-2, spare'),
      param: 'routing.providers.only[0]',
    })
  })

  it('can be all that a key may use, by its name and by where it runs', async () => {
    const byName = await gateway.createKey({ models: { allow: ['lab/*'] }, baseline: PRICED })
    expect((await ask({ model: 'economy' }, byName)).response.headers.get('x-farthing-provider')).toBe('lab')
    expect((await ask({ model: PRICED }, byName)).response.status).toBe(403)
    const byPlace = await gateway.createKey({ jurisdictions: ['fr'] })
    const { response } = await ask({ model: 'economy' }, byPlace)
    expect(response.headers.get('x-farthing-provider')).toBe('gpu-2')
    const stranger = await gateway.admin('/keys', {
      method: 'POST',
      body: { name: 'x', models: { allow: ['labs/*'] } },
    })
    expect(await stranger.text()).toContain('there are deepseek, alibaba, moonshot, openai, anthropic, lab')
  })

  it('is not eligible for what it was not said to be able to do', async () => {
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
    const { response, body } = await ask({ model: FREE, tools })
    expect(response.status).toBe(400)
    expect(body.error?.code).toBe('no_eligible_route')
    play(gpu, 'tools.json')
    expect((await ask({ model: PRICED, tools })).response.status).toBe(200)
  })

  it('is not asked first where its rate-limit headers say that nothing is left', async () => {
    play(lab, 'text.json', {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1.5s',
    })
    await ask({ model: 'economy' })
    const { response, body } = await ask({ model: 'economy', routing: { explain: true } })
    expect(response.headers.get('x-farthing-provider')).not.toBe('lab')
    expect(body.farthing?.candidates.find(({ route }) => route === FREE)).toMatchObject({
      reason: 'rate_limited_upstream',
    })
  })

  it('is left for another when it is busy, and left alone when it stays so', async () => {
    const error = { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }
    gpu.play({
      status: 503,
      headers: { 'content-type': 'application/json' },
      pieces: [JSON.stringify(error)],
    })
    const fields = { model: 'standard', routing: { providers: { only: ['gpu-2', 'openai'] } } }
    const { response, id } = await ask(fields)
    expect(response.headers.get('x-farthing-provider')).toBe('openai')
    const { attempts } = await gateway.settled(id)
    expect(attempts[0]).toMatchObject({ route: PRICED, outcome: 'overloaded', status: 503 })
    await ask(fields)
    const before = gpu.requests.length
    expect((await ask(fields)).response.status).toBe(200)
    expect(gpu.requests.length).toBe(before)
    const text = await (await fetch(`${gateway.url}/metrics`)).text()
    expect(text).toContain('farthing_circuit_open{provider="gpu-2",model="Qwen/Qwen3-32B"} 1')
  })
})
