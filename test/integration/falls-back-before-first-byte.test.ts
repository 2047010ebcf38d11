// What fails before the client has a byte is tried elsewhere; what fails after is told truthfully.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadCatalog } from '../../src/catalog/load-catalog.ts'
import type { ProviderId } from '../../src/core/route.ts'
import type { Fault } from '../../src/simulator/faults.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      deadlines: { connect_ms: 500, first_byte_ms: 600, between_chunks_ms: 400, total_ms: 5000 },
      circuit: { failures: 1000 },
    },
  })
})
afterAll(() => gateway.close())
beforeEach(() => {
  for (const provider of Object.values(gateway.fleet.providers)) provider.faults.clear()
})

const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]

/** The provider that an undisturbed request goes to, and a way to disturb every one of its models. */
async function disturb(fault: Fault, model = 'standard'): Promise<ProviderId> {
  const { response } = await gateway.client.chat.completions.create({ model, messages: HELLO }).withResponse()
  const chosen = response.headers.get('x-farthing-provider')
  const provider = Object.values(gateway.fleet.providers).find(({ provider: id }) => id === chosen)
  if (provider === undefined) throw new Error(`no provider ${chosen}`)
  provider.faults.push(fault)
  return provider.provider
}

/** An overload is tried twice. */
const AGAIN: readonly [string, Fault, string][] = [
  ['a reset connection', { kind: 'reset' }, 'connect'],
  ['silence', { kind: 'hang' }, 'timeout'],
  ['two overloads', { kind: 'overloaded', times: 2 }, 'overloaded'],
  ['two server errors', { kind: 'server_error', times: 2 }, 'overloaded'],
  ['two bare 500s', { kind: 'status', status: 500, body: 'oops', times: 2 }, 'overloaded'],
  ['a rate limit', { kind: 'rate_limited' }, 'rate_limited'],
  ['an empty account', { kind: 'out_of_money' }, 'out_of_money'],
  ['a refused key', { kind: 'bad_key' }, 'unauthorized'],
  ['a missing model', { kind: 'model_missing' }, 'model_missing'],
  ['a proxy’s HTML page', { kind: 'html_504' }, 'timeout'],
  ['JSON that is none', { kind: 'malformed_json' }, 'malformed'],
]

describe('another route answers after', () => {
  // Long-lived circuits of one case must not decide the next: each gets a gateway state of its own by restarting it.
  it.each(AGAIN)('%s', async (_, fault, failureClass) => {
    const fresh = await startGateway({
      config: { deadlines: { connect_ms: 500, first_byte_ms: 600, between_chunks_ms: 400, total_ms: 5000 } },
    })
    try {
      const before = gateway
      gateway = fresh
      await disturb(fault)
      const { data, response } = await fresh.client.chat.completions
        .create({ model: 'standard', messages: HELLO })
        .withResponse()
      gateway = before
      expect(data.choices[0]?.message.content?.length).toBeGreaterThan(0)
      const times = fault.times ?? 1
      expect(response.headers.get('x-farthing-attempts')).toBe(String(times + 1))
      const details = await fresh.settled(response.headers.get('x-request-id') ?? '')
      const outcomes = details.attempts.map((attempt) => attempt.outcome)
      expect(outcomes).toEqual([...Array.from({ length: times }, () => failureClass), 'success'])
      const routes = details.attempts.map((attempt) => attempt.route)
      expect(new Set(routes).size).toBe(2)
      expect(routes.at(-1)).not.toBe(routes.at(-2))
    } finally {
      await fresh.close()
    }
  })

  it('a stream that dies before its first content', async () => {
    await disturb({ kind: 'die_after_chunks', chunks: 0 })
    const { data, response } = await gateway.client.chat.completions
      .create({ model: 'standard', messages: HELLO, stream: true })
      .withResponse()
    let text = ''
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? ''
    expect(text.length).toBeGreaterThan(0)
    expect(response.headers.get('x-farthing-attempts')).toBe('2')
  })
})

it('the same route answers a moment after one overload', async () => {
  const provider = await disturb({ kind: 'overloaded' })
  const { response } = await gateway.client.chat.completions
    .create({ model: 'standard', messages: HELLO })
    .withResponse()
  expect(response.headers.get('x-farthing-provider')).toBe(provider)
  const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
  expect(details.attempts.map(({ outcome }) => outcome)).toEqual(['overloaded', 'success'])
  expect(details.attempts[0]?.route).toBe(details.attempts[1]?.route)
})

describe('no other route is tried after', () => {
  it.each<[string, Fault, number]>([
    ['a bad request', { kind: 'bad_request' }, 400],
    ['a content filter', { kind: 'content_filter' }, 400],
  ])('%s', async (_, fault, status) => {
    await disturb(fault)
    const error: { status?: number; requestID?: string } = await gateway.client.chat.completions
      .create({ model: 'standard', messages: HELLO })
      .then(
        () => ({}),
        (thrown: { status: number; requestID: string }) => thrown,
      )
    expect(error.status).toBe(status)
    const details = await gateway.settled(error.requestID ?? '')
    expect(details.attempts).toHaveLength(1)
    expect(details.cost_usd).toBe(0)
  })
})

describe('a stream that breaks off', () => {
  it.each<[string, Fault]>([
    ['by a cut connection', { kind: 'die_after_chunks', chunks: 3 }],
    ['by silence', { kind: 'stall_after_chunks', chunks: 3 }],
    ['by the provider’s error event', { kind: 'error_event_after_chunks', chunks: 3 }],
    ['without its end mark', { kind: 'end_after_chunks', chunks: 3 }],
  ])('%s ends with an error event and no [DONE]', async (_, fault) => {
    await disturb(fault)
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'standard', messages: HELLO, stream: true }),
    })
    const text = await response.text()
    expect(text).not.toContain('[DONE]')
    const events = text.trim().split('\n\n')
    expect(JSON.parse(events.at(-1)?.slice('data: '.length) ?? '')).toMatchObject({
      error: { code: 'stream_interrupted' },
    })
    const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
    expect(details.outcome).toBe('stream_interrupted')
    expect(details.attempts).toHaveLength(1)
    expect(details.attempts[0]).toMatchObject({ usage_source: 'estimated' })
    expect(details.cost_usd).toBeGreaterThan(0)
  })
})

describe('a prompt that is too long for one route', () => {
  it('is tried where there is more room, and nowhere else', async () => {
    await disturb({ kind: 'context_too_long' }, 'economy')
    const { data, response } = await gateway.client.chat.completions
      .create({ model: 'economy', messages: HELLO })
      .withResponse()
    expect(data.choices).toHaveLength(1)
    const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
    expect(details.attempts.map((attempt) => attempt.outcome)).toEqual(['context_too_long', 'success'])
    const rooms = details.attempts.map(({ route }) => contextOf(route))
    expect(rooms[1]).toBeGreaterThan(rooms[0] ?? Infinity)
  })

  it('is the client’s to shorten where there is no more', async () => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'context_too_long', times: 5 })
    await expect(
      gateway.client.chat.completions.create({ model: 'deepseek/deepseek-flash', messages: HELLO }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringMatching(/maximum context length/) })
  })
})

describe('when nothing answers', () => {
  it('no more attempts are made than are allowed, and only the first route is tried twice', async () => {
    for (const provider of Object.values(gateway.fleet.providers))
      provider.faults.push({ kind: 'overloaded', times: 10 })
    const error: { requestID?: string } = await gateway.client.chat.completions
      .create({ model: 'standard', messages: HELLO })
      .then(
        () => ({}),
        (thrown: { requestID: string }) => thrown,
      )
    const { attempts } = await gateway.settled(error.requestID ?? '')
    expect(attempts).toHaveLength(4)
    expect(new Set(attempts.map(({ route }) => route)).size).toBe(3)
    expect(attempts[0]?.route).toBe(attempts[1]?.route)
  })

  it('says so, with the last provider’s reason', async () => {
    for (const provider of Object.values(gateway.fleet.providers))
      provider.faults.push({ kind: 'overloaded', times: 10 })
    await expect(
      gateway.client.chat.completions.create({ model: 'standard', messages: HELLO }),
    ).rejects.toMatchObject({ status: 502, code: 'upstream_error' })
    for (const provider of Object.values(gateway.fleet.providers)) {
      provider.faults.clear()
      provider.faults.push({ kind: 'hang', times: 10 })
    }
    await expect(
      gateway.client.chat.completions.create({ model: 'standard', messages: HELLO }),
    ).rejects.toMatchObject({ status: 504, code: 'upstream_timeout' })
  })
})

const catalog = loadCatalog(readFileSync('config/catalog.yaml', 'utf8'))

function contextOf(routeId: string): number {
  return catalog.routes.find(({ id }) => id === routeId)?.contextTokens ?? 0
}
