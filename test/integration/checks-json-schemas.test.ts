// JSON schemas at models that do not keep them by themselves: as the operator has it, such routes are not eligible, are
// checked, or have one attempt to mend what does not fit. All of it is in the ledger.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Asked, askModel } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const FLASH = 'deepseek/deepseek-flash'
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer', minimum: 3 } },
  required: ['city', 'people'],
  additionalProperties: false,
}
const SAMPLE = { city: 'sample', people: 3 }
const formatOf = (schema: unknown) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'place', schema } },
})
const FORMAT = formatOf(SCHEMA)

let gateway: TestGateway
const start = (choice: string) => async (): Promise<void> => {
  gateway = await startGateway({ config: { routing: { json_schema: choice } } })
}
const stop = (): Promise<void> => gateway.close()
afterEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

const contentOf = ({ body }: Asked): unknown => JSON.parse(body.choices?.[0]?.message.content ?? 'null')
const attemptsOf = async ({ headers }: Asked) =>
  (await gateway.settled(headers.get('x-request-id') ?? '')).attempts.map(
    ({ route, outcome, cost_usd: cost }) => ({
      route,
      outcome,
      isPaid: cost > 0,
    }),
  )
const messagesOf = (asked: Asked, index: number): readonly { role: string; content: string }[] => {
  const messages: unknown = asked.sent[index]?.body['messages']
  return Array.isArray(messages) ? messages : []
}

describe('as shipped', () => {
  beforeAll(start('native'))
  afterAll(stop)

  it('a model without schemas is not eligible, and the client is told what it lacks', async () => {
    const asked = await askModel(gateway, FLASH, FORMAT)
    expect(asked.status).toBe(400)
    expect(asked.body.error).toMatchObject({ code: 'no_eligible_route' })
    expect(asked.body.error?.message).toContain('response_format json_schema')
    expect(asked.sent).toHaveLength(0)
  })
})

describe('checked', () => {
  beforeAll(start('checked'))
  afterAll(stop)

  it.each([FLASH, 'alibaba/qwen3.6-flash', 'alibaba/qwen-plus'])(
    '%s is told the schema in words, in JSON mode',
    async (model) => {
      const asked = await askModel(gateway, model, FORMAT)
      expect(asked.status).toBe(200)
      expect(contentOf(asked)).toEqual(SAMPLE)
      expect(asked.sent[0]?.body['response_format']).toEqual({ type: 'json_object' })
      const [system] = messagesOf(asked, 0)
      expect(system?.role).toBe('system')
      expect(system?.content).toContain(JSON.stringify(SCHEMA))
    },
  )

  it('what the application says to the model stays, and the schema stands behind it', async () => {
    const messages = [
      { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
      { role: 'user', content: 'Where?' },
    ]
    const asked = await askModel(gateway, FLASH, { ...FORMAT, messages })
    expect(contentOf(asked)).toEqual(SAMPLE)
    expect(messagesOf(asked, 0).map(({ role }) => role)).toEqual(['system', 'user'])
    expect(JSON.stringify(messagesOf(asked, 0)[0]?.content)).toMatch(/^"?.*Be brief\./)
  })

  it('a stream goes to routes that keep the schema by themselves, and nowhere else', async () => {
    const pinned = await askModel(gateway, FLASH, { ...FORMAT, stream: true })
    expect(pinned.status).toBe(400)
    expect(pinned.body.error).toMatchObject({ code: 'no_eligible_route' })
  })

  it('an answer that does not fit goes to nobody, is paid, and another route is asked', async () => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'misfit' })
    const key = await gateway.createKey({ models: { allow: [FLASH, 'moonshot/kimi-k2.6'] } })
    const asked = await askModel({ ...gateway, key }, FLASH, { ...FORMAT, model: 'standard' })
    expect(asked.status).toBe(200)
    expect(contentOf(asked)).toMatchObject({ city: 'sample' })
    expect(await attemptsOf(asked)).toEqual([
      { route: FLASH, outcome: 'schema_mismatch', isPaid: true },
      { route: 'moonshot/kimi-k2.6', outcome: 'success', isPaid: true },
    ])
    const details = await gateway.settled(asked.headers.get('x-request-id') ?? '')
    expect(asked.body.usage?.cost).toBe(details.cost_usd)
  })

  it('where no other route is left the client hears of it; the model is not to blame, and what it wrote is in no log', async () => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'misfit', times: 10 })
    for (let times = 0; times < 7; times++) {
      const asked = await askModel(gateway, FLASH, FORMAT)
      expect(asked.status).toBe(502)
      expect(asked.body.error).toMatchObject({ code: 'upstream_error' })
      expect(asked.body.error?.message).toContain('does not fit the JSON schema')
      expect(await attemptsOf(asked)).toEqual([{ route: FLASH, outcome: 'schema_mismatch', isPaid: true }])
    }
    // Finished requests are logged in batches.
    await expect.poll(() => gateway.log()).toContain('schema_mismatch')
    expect(gateway.log()).not.toContain('items')
    expect(gateway.log()).not.toContain('people')
  })

  it('an answer that the client’s own cap cut off is delivered as it is, as everywhere', async () => {
    const short = await askModel(gateway, FLASH, { ...FORMAT, max_tokens: 3, reasoning_effort: 'none' })
    expect(short.status).toBe(200)
    expect(short.body.choices?.[0]).toMatchObject({ finish_reason: 'length' })
  })

  it('answers that call tools, or refuse, are none to be checked', async () => {
    const tools = [{ type: 'function', function: { name: 'look_up', parameters: { type: 'object' } } }]
    const asked = await askModel(gateway, FLASH, {
      ...FORMAT,
      tools,
      messages: [{ role: 'user', content: 'Use the tool, as json.' }],
    })
    expect(asked.status).toBe(200)
    expect(asked.body.choices?.[0]?.finish_reason).toBe('tool_calls')
  })

  it.each(['anthropic/claude-haiku-5-5', 'moonshot/kimi-k2.6'])(
    '%s keeps the schema in part: what its subset cannot say is checked here',
    async (model) => {
      const fits = await askModel(gateway, model, FORMAT)
      expect(fits.status).toBe(200)
      const sent = JSON.stringify(fits.sent[0]?.body)
      expect(sent).toContain('json_schema')
      expect(sent).not.toContain('minimum')
      // Its subset knows no least number: whatever it writes is held against the whole schema.
      gateway.fleet.providers[model.startsWith('anthropic') ? 'anthropic' : 'moonshot'].faults.push({
        kind: 'misfit',
      })
      const misfit = await askModel(gateway, model, FORMAT)
      expect(misfit.status).toBe(502)
    },
  )

  it.each<[string, unknown]>([
    ['no schema', { type: 'place' }],
    ['a reference to nowhere', { $ref: '#/$defs/nowhere' }],
    ['a megabyte', { ...SCHEMA, description: 'x'.repeat(1_048_576) }],
    ['a loop of itself', { $ref: '#' }],
    ['a pattern that never ends', { type: 'object', properties: { city: { pattern: '^(a+)+$' } } }],
  ])('%s: a truthful answer, soon, and the gateway goes on', { timeout: 20_000 }, async (_, schema) => {
    const asked = await askModel(gateway, FLASH, formatOf(schema))
    expect([200, 400, 502]).toContain(asked.status)
    if (asked.status !== 200) expect(asked.body.error?.message.length).toBeGreaterThan(20)
    expect((await askModel(gateway, FLASH)).status).toBe(200)
  })
})

describe('repaired', () => {
  beforeAll(start('repaired'))
  afterAll(stop)

  it('the model is shown what is wrong, once, and what it mends is the answer; both attempts are paid and told', async () => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'misfit' })
    const asked = await askModel(gateway, FLASH, FORMAT)
    expect(asked.status).toBe(200)
    expect(contentOf(asked)).toEqual(SAMPLE)
    expect(await attemptsOf(asked)).toEqual([
      { route: FLASH, outcome: 'schema_mismatch', isPaid: true },
      { route: FLASH, outcome: 'success', isPaid: true },
    ])
    const [written, complaint] = messagesOf(asked, 1).slice(-2)
    expect(written?.role).toBe('assistant')
    expect(written?.content).toContain('items')
    expect(complaint?.role).toBe('user')
    expect(complaint?.content).toContain("must have required property 'city'")
    const details = await gateway.settled(asked.headers.get('x-request-id') ?? '')
    expect(asked.body.usage?.cost).toBe(details.cost_usd)
    const sum = details.attempts.reduce((total, { cost_usd: cost }) => total + Math.round(cost * 1e12), 0)
    expect(Math.round(details.cost_usd * 1e12)).toBe(sum)
    await expect.poll(() => gateway.held()).toBe(0)
  })

  it('what does not fit again is given up there, and another route is asked', async () => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'misfit', times: 2 })
    gateway.fleet.providers.moonshot.faults.push({ kind: 'misfit' })
    const key = await gateway.createKey({ models: { allow: [FLASH, 'moonshot/kimi-k2.6'] } })
    const asked = await askModel({ ...gateway, key }, FLASH, { ...FORMAT, model: 'standard' })
    expect(asked.status).toBe(502)
    // Once in a request, not once at each route.
    expect(await attemptsOf(asked)).toEqual(
      [FLASH, FLASH, 'moonshot/kimi-k2.6'].map((route) => ({
        route,
        outcome: 'schema_mismatch',
        isPaid: true,
      })),
    )
  })

  it('is covered by the money that is set aside, or not sent', async () => {
    const ends = new Set<number>()
    for (let limit = 0.0004; limit < 0.01; limit *= 1.25) {
      gateway.fleet.providers.deepseek.faults.push({ kind: 'misfit' })
      const asked = await askModel(gateway, FLASH, {
        ...FORMAT,
        max_tokens: 400,
        routing: { max_cost_usd: limit },
      })
      gateway.fleet.providers.deepseek.faults.clear()
      if (asked.body.error?.code === 'max_cost_exceeded') continue
      ends.add(asked.status)
      const { cost_usd: cost } = await gateway.settled(asked.headers.get('x-request-id') ?? '')
      expect(cost).toBeLessThanOrEqual(limit)
    }
    expect(ends).toEqual(new Set([502, 200]))
  })
})
