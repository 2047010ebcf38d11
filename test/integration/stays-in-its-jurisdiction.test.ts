// A request that may not leave a jurisdiction: refused where nothing inside can serve it, with the rule; never sent outside.

import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PROVIDER_IDS, type ProviderId } from '../../src/core/route.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { circuit: { failures: 1000 }, routing: { max_attempts: 8 } } })
})
afterAll(() => gateway.close())

let before: Readonly<Record<ProviderId, number>>
beforeEach(() => {
  for (const provider of Object.values(gateway.fleet.providers)) provider.faults.clear()
  before = received()
})

/** Billed or not. */
function received(): Readonly<Record<ProviderId, number>> {
  const { deepseek, alibaba, moonshot, openai, anthropic } = gateway.fleet.providers
  return {
    deepseek: deepseek.requests.length,
    alibaba: alibaba.requests.length,
    moonshot: moonshot.requests.length,
    openai: openai.requests.length,
    anthropic: anthropic.requests.length,
  }
}

function asked(): readonly ProviderId[] {
  const now = received()
  return PROVIDER_IDS.filter((id) => now[id] > before[id])
}

interface Outcome {
  readonly status: number
  readonly code: string | null
  readonly message: string
  readonly requestId: string
}

async function refused(apiKey: string, model: string, routing?: object): Promise<Outcome> {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
  const body = { model, messages: [{ role: 'user' as const, content: 'Say hello.' }] }
  const error: unknown = await client.chat.completions
    .create({ ...body, ...(routing === undefined ? {} : { routing }) })
    .then(
      () => null,
      (reason: unknown) => reason,
    )
  if (!(error instanceof OpenAI.APIError)) throw new Error(`answered, or failed otherwise: ${String(error)}`)
  const { status, code = null, message, requestID: requestId } = error
  return { status: Number(status), code, message, requestId: requestId ?? '' }
}

describe('a rule that no route keeps refuses, and is named with what it allows and where the nearest routes run', () => {
  it.each(['gpt-4o', 'auto', 'premium'])('of the key, for %s', async (model) => {
    const key = await gateway.createKey({ jurisdictions: ['eu', 'CH'] })
    const { status, code, message } = await refused(key, model)
    expect([status, code]).toEqual([400, 'no_eligible_route'])
    expect(message).toMatch(
      /Nearest: \S+ lacks a place in the key's jurisdictions \(only eu, ch; it runs in (?:cn|sg|us)\);/,
    )
    expect(asked()).toEqual([])
  })

  it('of the key, for a pin', async () => {
    const key = await gateway.createKey({ jurisdictions: ['eu'] })
    const { status, code, message } = await refused(key, 'openai/gpt-4o-mini')
    expect([status, code]).toEqual([403, 'model_not_allowed'])
    expect(message).toContain(
      `This key may not use "openai/gpt-4o-mini": it lacks a place in the key's jurisdictions (only eu; it runs in us).`,
    )
    expect(asked()).toEqual([])
  })

  it.each([
    ['gpt-4o', { only: ['eu'] }, 'only eu'],
    ['auto', { ignore: ['us', 'cn', 'sg'] }, 'not us, cn, sg'],
    ['openai/gpt-4o-mini', { only: ['sg', 'us'], ignore: ['us'] }, 'only sg, us, not us'],
  ])('of the request, for %s and %o', async (model, jurisdictions, rule) => {
    const { status, code, message } = await refused(gateway.key, model, { jurisdictions })
    expect([status, code]).toEqual([400, 'no_eligible_route'])
    expect(message).toContain(`lacks a place in routing.jurisdictions (${rule}; it runs in `)
    expect(asked()).toEqual([])
  })

  it('of both, where each alone would leave some', async () => {
    const key = await gateway.createKey({ jurisdictions: ['us'] })
    const { status, message } = await refused(key, 'gpt-4o', { jurisdictions: { only: ['sg'] } })
    expect(status).toBe(400)
    expect(message).toMatch(/routing\.jurisdictions \(only sg; it runs in us\)/)
    expect(message).not.toContain('it runs in eu')
    expect(asked()).toEqual([])
  })
})

it('a key cannot be talked out of its rule by the request', async () => {
  const key = await gateway.createKey({ jurisdictions: ['us'] })
  const { status } = await refused(key, 'auto', { jurisdictions: { only: ['cn'] } })
  expect(status).toBe(400)
  expect(asked()).toEqual([])
})

describe('when all inside fail, the request fails: nothing outside is asked, at no attempt', () => {
  it.each([
    ['the key', 'gpt-4o', false],
    ['the key', 'auto', true],
    ['the request', 'gpt-4o', true],
    ['the request', 'standard', false],
  ])('%s, %s, stream: %s', async (whose, model, stream) => {
    for (const id of ['openai', 'anthropic'] as const)
      gateway.fleet.providers[id].faults.push({ kind: 'server_error', times: Number.POSITIVE_INFINITY })
    const isOfKey = whose === 'the key'
    const apiKey = isOfKey ? await gateway.createKey({ jurisdictions: ['us'] }) : gateway.key
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        stream,
        messages: [{ role: 'user', content: 'Say hello.' }],
        ...(isOfKey ? {} : { routing: { jurisdictions: { only: ['us'] } } }),
      }),
    })
    await answer.text()
    expect(answer.status).toBe(502)
    const details = await gateway.settled(answer.headers.get('x-request-id') ?? '')
    expect(details.attempts.length).toBeGreaterThan(2)
    const inside = ['openai', 'anthropic']
    expect(details.attempts.filter(({ provider }) => !inside.includes(provider))).toEqual([])
    expect(asked().filter((id) => !inside.includes(id))).toEqual([])
  })
})
