// What a stream that broke off is not gone on with: where the operator, the request, the money or the attempts say no, the
// client gets the truthful error. And what it costs where it is.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from '../../src/simulator/faults.ts'
import { functionTool } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type Heard, hearStream } from '../support/hear-stream.ts'

const DEEPSEEK = 'deepseek/deepseek-flash'
const KIMI = 'moonshot/kimi-k2.6'
const MESSAGES = [{ role: 'user', content: 'How is that done? In 24 words.' }]
/** Ten chunks in: reasoning or text has reached the client, and more is to come. */
const CUT: Fault = { kind: 'die_after_chunks', chunks: 10 }

let gateway: TestGateway
let key = ''
const open = async (resume: boolean): Promise<void> => {
  gateway = await startGateway({ config: { streams: { resume }, circuit: { failures: 1000 } } })
  key = await gateway.createKey({ models: { allow: [DEEPSEEK, KIMI] } })
}
const ask = (body: object = {}): Promise<Heard> => hearStream(gateway, key, { messages: MESSAGES, ...body })

function expectTruthfulEnd({ status, body, chunks, details }: Heard): void {
  expect(status).toBe(200)
  expect(chunks.at(-1)?.error?.code).toBe('stream_interrupted')
  expect(body).not.toContain('[DONE]')
  expect(details.outcome).toBe('stream_interrupted')
}

function expectWhole({ body, text, details, usage, entries }: Heard, attempts: number): void {
  expect(text.trim().split(' ')).toHaveLength(24)
  expect(body).toMatch(/\[DONE\]\s*$/)
  expect(body).not.toContain('"error"')
  expect(details.outcome).toBe('success')
  expect(details.attempts).toHaveLength(attempts)
  expect(entries).toHaveLength(attempts)
  for (const { cost_usd: cost } of details.attempts) expect(cost).toBeGreaterThan(0)
  const sum = details.attempts.reduce((total, { cost_usd: cost }) => total + Math.round(cost * 1e12), 0)
  expect(Math.round(details.cost_usd * 1e12)).toBe(sum)
  expect(Math.round((usage?.cost ?? 0) * 1e12)).toBe(sum)
}

afterAll(() => gateway.close())
afterEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

describe('as shipped: streams.resume is off', () => {
  beforeAll(() => open(false))
  afterAll(() => gateway.close())

  it('a stream that breaks off ends with an error, and nobody else is asked', async () => {
    gateway.fleet.providers.deepseek.faults.push(CUT)
    const heard = await ask()
    expectTruthfulEnd(heard)
    expect(heard.details.attempts.map(({ outcome }) => outcome)).toEqual(['interrupted'])
    expect(gateway.fleet.providers.moonshot.requests).toHaveLength(0)
  })
})

describe('with streams.resume', () => {
  beforeAll(async () => {
    await open(true)
    // How much it writes is learned: it stays the cheaper one, and the first.
    for (let asked = 0; asked < 10; asked++) await ask({ model: DEEPSEEK })
  })

  it.each<[string, object]>([
    ['tools', { tools: [functionTool('look_up')] }],
    [
      'a JSON object',
      { response_format: { type: 'json_object' }, messages: [{ role: 'user', content: 'As json.' }] },
    ],
    ['stop sequences', { stop: ['nothing that it says'] }],
    [
      'an answer that goes on from the client’s own text',
      { messages: [...MESSAGES, { role: 'assistant', content: 'It is', prefix: true }] },
    ],
  ])('a request with %s is not gone on with', async (_, body) => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'die_after_chunks', chunks: 4 })
    const heard = await ask(body)
    expectTruthfulEnd(heard)
    expect(heard.details.attempts).toHaveLength(1)
  })

  it('a pinned model goes on with itself, and where it cannot, nobody does', async () => {
    gateway.fleet.providers.deepseek.faults.push(CUT)
    const resumed = await ask({ model: DEEPSEEK })
    expectWhole(resumed, 2)
    expect(resumed.details.attempts.map(({ provider }) => provider)).toEqual(['deepseek', 'deepseek'])
    const luna = await gateway.createKey()
    gateway.fleet.providers.openai.faults.push({ kind: 'die_after_chunks', chunks: 4 })
    const ended = await hearStream(gateway, luna, { model: 'openai/gpt-6-luna', messages: MESSAGES })
    expectTruthfulEnd(ended)
    expect(ended.details.attempts).toHaveLength(1)
  })

  it('a continuation that breaks off is gone on with, too, up to the attempts that are allowed', async () => {
    gateway.fleet.providers.deepseek.faults.push(CUT)
    gateway.fleet.providers.moonshot.faults.push({ kind: 'die_after_chunks', chunks: 2 })
    const heard = await ask()
    expectWhole(heard, 3)
    expect(heard.details.attempts.map(({ outcome }) => outcome)).toEqual([
      'interrupted',
      'interrupted',
      'success',
    ])

    gateway.fleet.providers.deepseek.faults.push({ ...CUT, times: 9 })
    gateway.fleet.providers.moonshot.faults.push({ kind: 'die_after_chunks', chunks: 2, times: 9 })
    const lost = await ask()
    expectTruthfulEnd(lost)
    expect(lost.details.attempts.length).toBeGreaterThan(1)
    expect(lost.details.attempts.length).toBeLessThanOrEqual(4)
    const sum = lost.details.attempts.reduce((total, { cost_usd: cost }) => total + cost, 0)
    expect(lost.details.cost_usd).toBeCloseTo(sum, 12)
  })

  it('the other route is given the text and what is left of the output cap, and does not think again', async () => {
    gateway.fleet.providers.deepseek.faults.push({ kind: 'die_after_chunks', chunks: 44 })
    const heard = await ask({ max_tokens: 400 })
    const [first] = heard.details.attempts
    const body: Readonly<Record<string, unknown>> =
      gateway.fleet.providers.moonshot.requests.at(-1)?.body ?? {}
    expect(body).toMatchObject({ thinking: { type: 'disabled' } })
    const messages = body['messages']
    const last: Record<string, unknown> = Array.isArray(messages) ? messages.at(-1) : {}
    expect(last).toMatchObject({ role: 'assistant', partial: true })
    expect(heard.text.startsWith(String(last['content']))).toBe(true)
    const cap = Number(body['max_tokens'] ?? body['max_completion_tokens'])
    expect(cap).toBe(400 - (first?.usage.output_tokens ?? 0))
  })
})

/** The worst case of the cheapest route, which the refusal of less names. */
async function leastMaxCost(): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'standard',
      messages: MESSAGES,
      max_tokens: 400,
      routing: { max_cost_usd: 1e-9 },
    }),
  })
  return Number(/worst case is (\S+) USD/.exec(await response.text())?.[1])
}

describe('the money that was set aside', () => {
  it('covers every attempt, and is given back', async () => {
    gateway.fleet.providers.deepseek.faults.push(CUT)
    gateway.fleet.providers.moonshot.faults.push({ kind: 'slow_first_byte', ms: 400 })
    const waiting = ask()
    await expect.poll(async () => gateway.fleet.providers.moonshot.faults.waiting).toBe(0)
    const { count, amount } = await gateway.app.ledger.held()
    expect(count).toBe(1)
    const heard = await waiting
    expectWhole(heard, 2)
    expect(amount).toBeGreaterThanOrEqual(BigInt(Math.round(heard.details.cost_usd * 1e12)))
    await expect.poll(() => gateway.held()).toBe(0)
  })

  it('is never exceeded: what it does not cover is not sent', async () => {
    const ends = new Set<string>()
    for (let limit = (await leastMaxCost()) * 1.01; limit < 0.05; limit *= 1.5) {
      gateway.fleet.providers.deepseek.faults.push(CUT)
      const heard = await ask({ max_tokens: 400, routing: { max_cost_usd: limit } })
      gateway.fleet.providers.deepseek.faults.clear()
      expect(heard.details.cost_usd).toBeLessThanOrEqual(limit)
      ends.add(heard.details.outcome)
      if (heard.details.outcome === 'success') expectWhole(heard, 2)
      else expectTruthfulEnd(heard)
    }
    expect([...ends].toSorted()).toEqual(['stream_interrupted', 'success'])
  })

  it('is settled with both attempts when the client leaves during the second', async () => {
    gateway.fleet.providers.deepseek.faults.push(CUT)
    gateway.fleet.providers.moonshot.faults.push({ kind: 'hang' })
    const leaving = new AbortController()
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'standard', messages: MESSAGES, stream: true }),
    })
    await expect.poll(() => gateway.fleet.providers.moonshot.faults.waiting).toBe(0)
    leaving.abort()
    const details = await gateway.settled(response.headers.get('x-request-id') ?? '')
    expect(details.outcome).toBe('client_gone')
    expect(details.attempts.map(({ outcome }) => outcome)).toEqual(['interrupted', 'client_gone'])
    await expect.poll(() => gateway.held()).toBe(0)
  })
})
