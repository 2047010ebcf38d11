// What a provider says is left decides before it refuses: a route with too little is not the first choice until then.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { circuit: { rate_limit_ms: 60_000 } } })
})
afterAll(() => gateway.close())
beforeEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

interface Ask {
  readonly content?: string
  readonly only?: readonly string[]
  readonly model?: string
  readonly explain?: boolean
}

async function ask({ content = 'Say hello.', only = ['openai', 'moonshot'], model, explain = false }: Ask) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: model ?? 'standard',
      messages: [{ role: 'user', content }],
      routing: { explain, ...(model === undefined ? { providers: { only } } : {}) },
    }),
  })
  const body: { farthing?: { candidates: { route: string; verdict: string; reason: string | null }[] } } =
    JSON.parse(await response.text())
  return {
    status: response.status,
    route: `${response.headers.get('x-farthing-provider')}/${response.headers.get('x-farthing-model')}`,
    attempts: Number(response.headers.get('x-farthing-attempts')),
    candidates: body.farthing?.candidates ?? [],
    id: response.headers.get('x-request-id') ?? '',
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const inMs = (ms: number): string => new Date(gateway.clock.now() + ms).toISOString()

describe.each([
  ['openai', (ms: number) => `${ms}ms`, 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['anthropic', inMs, 'anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-requests-reset'],
] as const)('%s', (provider, reset, remainingName, resetName) => {
  const only = [provider, 'moonshot']

  it('with no request left is not asked first, until it has some again', async () => {
    gateway.fleet.providers[provider].faults.push({
      kind: 'headers',
      headers: { [remainingName]: '0', [resetName]: reset(1500) },
    })
    const { route: usual } = await ask({ only })
    expect(usual).toMatch(provider)
    const meanwhile = await ask({ only, explain: true })
    expect(meanwhile).toMatchObject({ status: 200, attempts: 1 })
    expect(meanwhile.route).not.toBe(usual)
    const behind = meanwhile.candidates.filter(({ reason }) => reason === 'rate_limited_upstream')
    expect(behind.length).toBeGreaterThan(0)
    for (const { route, verdict } of behind)
      expect([route.split('@')[0], verdict]).toEqual([usual, 'fallback'])
    await wait(1600)
    expect(await ask({ only })).toMatchObject({ route: usual, attempts: 1 })
  })

  it('with no request left is asked all the same where there is nobody else', async () => {
    const model = provider === 'openai' ? 'openai/gpt-6-luna' : 'anthropic/claude-haiku-5-5'
    gateway.fleet.providers[provider].faults.push({
      kind: 'headers',
      headers: { [remainingName]: '0', [resetName]: reset(30_000) },
    })
    await ask({ model })
    expect(await ask({ model })).toMatchObject({ status: 200, route: model })
    gateway.fleet.providers[provider].faults.push({
      kind: 'headers',
      headers: { [remainingName]: '1000', [resetName]: reset(1000) },
    })
    await ask({ model })
  })
})

it('with few tokens left is not asked first for a long prompt, and for a short one it is', async () => {
  const headers = { 'x-ratelimit-remaining-tokens': '2000', 'x-ratelimit-reset-tokens': '30s' }
  gateway.fleet.providers.openai.faults.push({ kind: 'headers', headers, times: 2 })
  const long = 'A long one. '.repeat(2000)
  const { route: usual } = await ask({})
  expect(usual).toBe('openai/gpt-6-luna')
  expect((await ask({ content: long })).route).not.toBe(usual)
  expect(await ask({})).toMatchObject({ route: usual })
  gateway.fleet.providers.openai.faults.clear()
  // An answer that says nothing changes nothing.
  expect(await ask({})).toMatchObject({ route: usual })
  expect((await ask({ content: long })).route).not.toBe(usual)
})

it('a refusal without retry-after is waited out for as long as the headers say', async () => {
  gateway.fleet.providers.openai.faults.push({
    kind: 'status',
    status: 429,
    headers: { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '400ms' },
    body: { error: { message: 'Rate limit reached', type: 'requests', code: 'rate_limit_exceeded' } },
  })
  const startedAt = Date.now()
  const answer = await ask({ model: 'openai/gpt-6-luna' })
  expect(answer.status).toBe(200)
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(400)
  const { attempts } = await gateway.settled(answer.id)
  expect(attempts.map(({ outcome }) => outcome)).toEqual(['rate_limited', 'success'])
})
