// The service tier of the answer decides the price, whatever was asked for; cache writes cost by how long they live. The
// ledger is held against the provider's own books.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askModel } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const TOOLS = [
  { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } },
]

interface Told {
  readonly status: number
  readonly text: string
  /** Picodollars that the ledger has, and the provider. */
  readonly cost: bigint
  readonly billed: bigint
  /** Of the last book entry. */
  readonly serviceTier: string | null
}

async function ask(body: Record<string, unknown>): Promise<Told> {
  const before = gateway.fleet.books()
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      messages: [{ role: 'user', content: 'How is that done? In 20 words.' }],
      ...(body['stream'] === true ? { stream_options: { include_usage: true } } : {}),
      ...body,
    }),
  })
  const text = await response.text()
  if (response.status !== 200)
    return { status: response.status, text, cost: 0n, billed: 0n, serviceTier: null }
  const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
  const after = gateway.fleet.books()
  return {
    status: response.status,
    text,
    cost: BigInt(Math.round(details.cost_usd * 1e12)),
    billed: after.billedPico - before.billedPico,
    serviceTier: after.entries.at(-1)?.serviceTier ?? null,
  }
}

const LUNA = { model: 'openai/gpt-6-luna', reasoning_effort: 'low' }

describe.each([
  ['a whole answer', {}],
  ['a stream', { stream: true }],
  ['the Responses API', { tools: TOOLS, tool_choice: 'none' }],
  ['a stream of the Responses API', { tools: TOOLS, tool_choice: 'none', stream: true }],
])('OpenAI, %s', (_, form) => {
  it('costs half at flex, and twice at priority, also where that is called fast', async () => {
    const ordinary = await ask({ ...LUNA, ...form })
    expect(ordinary.serviceTier).toBe('default')
    for (const [asked, served, twice] of [
      ['flex', 'flex', 1n],
      ['priority', 'priority', 4n],
      ['fast', 'priority', 4n],
      ['default', 'default', 2n],
      ['auto', 'default', 2n],
    ] as const) {
      const told = await ask({ ...LUNA, ...form, service_tier: asked })
      expect(told.serviceTier).toBe(served)
      expect(told.cost).toBe(told.billed)
      expect(told.cost * 2n).toBe(ordinary.cost * twice)
    }
  })

  it.each([
    ['flex', 'default', 2n],
    ['priority', 'default', 2n],
    ['auto', 'priority', 4n],
    ['auto', 'flex', 1n],
  ] as const)('asked for %s and served at %s', async (asked, served, twice) => {
    const ordinary = await ask({ ...LUNA, ...form })
    gateway.fleet.providers.openai.faults.push({ kind: 'service_tier', tier: served })
    const told = await ask({ ...LUNA, ...form, service_tier: asked })
    expect(told.serviceTier).toBe(served)
    expect(told.cost).toBe(told.billed)
    expect(told.cost * 2n).toBe(ordinary.cost * twice)
  })
})

it('asks OpenAI for the ordinary tier where the client says nothing', async () => {
  for (const service_tier of [undefined, null]) {
    await ask({ ...LUNA, service_tier })
    expect(gateway.fleet.providers.openai.requests.at(-1)?.body['service_tier']).toBe('default')
  }
})

it.each([
  // Not one of those that OpenAI sells for this model, or at all: refused there, and without a price.
  ['openai/gpt-4o', {}, 'flex'],
  ['openai/gpt-5.4-nano', {}, 'priority'],
  ['openai/gpt-6-luna', {}, 'gold'],
  ['openai/gpt-6-luna', {}, 'batch'],
  ['openai/gpt-6-luna', { tools: TOOLS, tool_choice: 'none' }, 'gold'],
])('%s, %j: what is not sold (%s) is not asked for, and told', async (model, fields, service_tier) => {
  const asked = await askModel(gateway, model, { ...fields, service_tier })
  expect([asked.status, asked.sent[0]?.body['service_tier'], asked.dropped]).toEqual([
    200,
    'default',
    ['service_tier'],
  ])
  const told = await ask({ model, ...fields, service_tier })
  expect(told.cost).toBe(told.billed)
  const strict = await askModel(gateway, model, { ...fields, service_tier, routing: { strict: true } })
  expect([strict.status, strict.sent, strict.body.error?.code]).toEqual([400, [], 'no_eligible_route'])
})

it('estimates what nobody reported at the tier that was asked for', async () => {
  const impatient = await startGateway({ config: { deadlines: { first_byte_ms: 300 } } })
  const costOf = async (service_tier: string): Promise<number> => {
    impatient.fleet.providers.openai.faults.push({ kind: 'hang' })
    const { status, headers } = await askModel(impatient, LUNA.model, { ...LUNA, service_tier })
    expect(status).toBe(504)
    const details = await impatient.settled(headers.get('x-request-id') ?? '')
    expect(details.attempts).toMatchObject([{ outcome: 'timeout', usage_source: 'estimated' }])
    return Math.round(details.cost_usd * 1e12)
  }
  const ordinary = await costOf('default')
  expect(ordinary).toBeGreaterThan(0)
  expect([await costOf('priority'), await costOf('flex')]).toEqual([2 * ordinary, ordinary / 2])
  await impatient.close()
})

async function worstCase(service_tier: string): Promise<number> {
  const { status, text } = await ask({ ...LUNA, service_tier, routing: { max_cost_usd: 0.000001 } })
  expect(status).toBe(400)
  return Number(/worst case is ([\d.]+) USD/.exec(text)?.[1])
}

it('counts the tier that is asked for in the worst case, and the dearest for auto', async () => {
  const ordinary = await worstCase('default')
  expect(await worstCase('flex')).toBeCloseTo(ordinary, 9)
  expect(await worstCase('priority')).toBeCloseTo(2 * ordinary, 9)
  expect(await worstCase('auto')).toBeCloseTo(2 * ordinary, 9)
})

describe.each([
  ['a whole answer', {}],
  ['a stream', { stream: true }],
])('Anthropic, %s', (_, form) => {
  const OPUS = { model: 'anthropic/claude-opus-5-5', max_tokens: 400 }

  it.each([
    ['standard', 2n],
    ['priority', 2n],
    ['batch', 1n],
  ] as const)('served at %s', async (served, twice) => {
    const ordinary = await ask({ ...OPUS, ...form })
    gateway.fleet.providers.anthropic.faults.push({ kind: 'service_tier', tier: served })
    const told = await ask({ ...OPUS, ...form })
    expect(told.serviceTier).toBe(served)
    expect(told.cost).toBe(told.billed)
    expect(told.cost * 2n).toBe(ordinary.cost * twice)
  })

  it.each([
    ['five minutes', undefined, 'cacheWrite'],
    ['an hour', '1h', 'cacheWriteLong'],
  ] as const)('writes to the cache for %s at that price', async (lifetime, ttl, kind) => {
    const cache_control = ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl }
    const text = `Keep this for ${lifetime}, ${JSON.stringify(form)}. ${'It is a long text. '.repeat(600)}`
    const messages = [
      { role: 'system', content: [{ type: 'text', text, cache_control }] },
      { role: 'user', content: 'How is that done?' },
    ]
    const told = await ask({ ...OPUS, ...form, messages })
    const entry = gateway.fleet.books().entries.at(-1)
    expect(entry?.usage[kind]).toBeGreaterThan(1000)
    expect(entry?.usage[kind === 'cacheWrite' ? 'cacheWriteLong' : 'cacheWrite']).toBe(0)
    expect(told.cost).toBe(told.billed)
  })
})

const passOf = (type: string, model: string, input: number, output: number) => ({
  type,
  model,
  input_tokens: input,
  output_tokens: output,
})
async function costOfPasses(iterations: readonly object[]): Promise<number | undefined> {
  const body = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-5-5',
    content: [{ type: 'text', text: 'Hello' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1000, output_tokens: 100, iterations },
  }
  gateway.fleet.providers.anthropic.faults.push({ kind: 'status', status: 200, body })
  const asked = await askModel(gateway, 'anthropic/claude-fable-5-2')
  expect((await gateway.settled(asked.headers.get('x-request-id') ?? '')).cost_usd).toBe(
    asked.body.usage?.cost,
  )
  return asked.body.usage?.cost
}

it('Anthropic, where another model finished: each part costs what the model that did it costs', async () => {
  const fable = (1000 * 8 + 20 * 40) / 1e6
  const opus = (1000 * 4 + 100 * 20) / 1e6
  const declined = passOf('message', 'claude-fable-5-2', 1000, 20)
  expect(await costOfPasses([declined, passOf('fallback_message', 'claude-opus-5-5', 1000, 100)])).toBe(
    fable + opus,
  )
  expect(await costOfPasses([passOf('fallback_message', 'claude-opus-5-5', 1000, 100)])).toBe(opus)
  expect(await costOfPasses([passOf('fallback_message', 'claude-opus-5-5-20260922', 1000, 100)])).toBe(opus)
  // What nobody has a price of costs what was asked for.
  expect(await costOfPasses([passOf('fallback_message', 'claude-next', 1000, 20)])).toBe(fable)
  expect(await costOfPasses([])).toBe((1000 * 8 + 100 * 40) / 1e6)
})

it('other providers are asked without a service tier, and the client is told', async () => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'deepseek/deepseek-flash',
      messages: [{ role: 'user', content: 'Hello' }],
      service_tier: 'priority',
    }),
  })
  expect(response.status).toBe(200)
  await response.text()
  expect(response.headers.get('x-farthing-dropped')).toBe('service_tier')
  expect(gateway.fleet.providers.deepseek.requests.at(-1)?.body).not.toHaveProperty('service_tier')
})
