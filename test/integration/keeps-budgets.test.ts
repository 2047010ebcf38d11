// Budgets and limits from end to end, as the official client meets them: what is refused, with which words and headers, and
// what an operator sees.

import OpenAI, { RateLimitError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({
    config: {
      budgets: {
        teams: { broke: [{ limit_usd: 0, period: 'month', time_zone: 'Asia/Tokyo' }] },
        projects: { frugal: [{ limit_usd: 0.5, period: 'day', hard: false }] },
      },
      limits: {
        teams: { slow: { rpm: 2 } },
        routes: {
          'moonshot/kimi-k2.6': { rpm: 2 },
          deepseek: { concurrency: 1 },
          anthropic: { concurrency: 1 },
        },
      },
    },
  })
})
afterAll(() => gateway.close())
beforeEach(() => {
  for (const { faults } of Object.values(gateway.fleet.providers)) faults.clear()
})

async function clientWith(fields: Record<string, unknown>, maxRetries = 0) {
  const response = await gateway.admin('/keys', { method: 'POST', body: { name: 'test', ...fields } })
  const created: { id: string; key: string } = JSON.parse(await response.text())
  return {
    id: created.id,
    client: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: created.key, maxRetries }),
  }
}

function say(client: OpenAI, fields: { model?: string; max_completion_tokens?: number } = {}) {
  return client.chat.completions
    .create({ model: 'openai/gpt-4o-mini', messages: HELLO, ...fields })
    .withResponse()
}

async function refusal(client: OpenAI, fields = {}): Promise<RateLimitError> {
  try {
    await say(client, fields)
  } catch (error) {
    if (error instanceof RateLimitError) return error
    throw error
  }
  throw new Error('it was let in')
}

interface Policy {
  readonly source: string
  readonly budgets: readonly {
    readonly period: string
    readonly limit_usd: number
    readonly spent_usd: number
    readonly held_usd: number
    readonly free_usd: number
    readonly resets_at: string | null
  }[]
  readonly limits: object | null
}

async function policyOf(path: string): Promise<Policy> {
  return JSON.parse(await (await gateway.admin(`/budgets/${path}`)).text())
}

async function nobodyHolds(path: string): Promise<void> {
  await expect.poll(async () => (await policyOf(path)).budgets[0]?.held_usd, { timeout: 5_000 }).toBe(0)
}

describe('a hard budget', () => {
  it('without room is 429 insufficient_quota, names itself and its end, and is not tried again', async () => {
    const before = gateway.fleet.books().requests
    const { client } = await clientWith({ team: 'broke' }, 3)
    const error = await refusal(client)
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' })
    expect(error.message).toMatch(/The monthly budget of team "broke", 0 USD, has no room for this request/)
    const resets = /resets at (\S+) \(midnight in Asia\/Tokyo\)/.exec(error.message)?.[1] ?? ''
    expect(new Date(resets).toISOString()).toMatch(/T15:00:00\.000Z$/)
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(gateway.fleet.books().requests).toBe(before)
    expect(await gateway.held()).toBe(0)
  })

  it('of a key lets in what fits, is spent to the picodollar, and bounds the output that nobody bounded', async () => {
    const { id, client } = await clientWith({ budgets: [{ limit_usd: 0.02, period: 'day' }] })
    const { data, response } = await say(client)
    await nobodyHolds(`key/${id}`)
    const [budget] = (await policyOf(`key/${id}`)).budgets
    expect(budget?.spent_usd).toBe(Number(response.headers.get('x-farthing-cost-usd')))
    expect(data.choices).toHaveLength(1)
    expect(budget?.free_usd).toBeCloseTo(0.02 - (budget?.spent_usd ?? 0), 12)
    const sent = gateway.fleet.providers.openai.requests.at(-1)?.body
    expect(sent).toMatchObject({ max_completion_tokens: 16_384 })
    // A client's own bound is kept as it is.
    await say(client, { max_completion_tokens: 50 })
    expect(gateway.fleet.providers.openai.requests.at(-1)?.body).toMatchObject({ max_completion_tokens: 50 })
  })

  it('is never exceeded by many at once, and refuses none that has room in the end', async () => {
    const { id, client } = await clientWith({ budgets: [{ limit_usd: 0.001, period: 'total' }] })
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, () => say(client, { max_completion_tokens: 100 })),
    )
    const answered = results.filter(({ status }) => status === 'fulfilled').length
    expect(answered).toBeGreaterThan(2)
    await nobodyHolds(`key/${id}`)
    const [budget] = (await policyOf(`key/${id}`)).budgets
    expect(budget?.spent_usd).toBeLessThanOrEqual(0.001)
    expect(budget?.resets_at).toBeNull()
    const refused = results.find((result) => result.status === 'rejected')
    expect(String(refused?.reason)).toMatch(
      /The total budget of this API key, 0\.001 USD.*does not reset by itself/,
    )
    expect(String(refused?.reason)).toMatch(/are spent and .* are held by requests under way/)
  })

  it('can be raised and reset, and the next request has its room', async () => {
    const { id, client } = await clientWith({ budgets: [{ limit_usd: 0.000001, period: 'week' }] })
    expect((await refusal(client)).code).toBe('insufficient_quota')
    const body = { budgets: [{ limit_usd: 0.02, period: 'month' }] }
    expect((await gateway.admin(`/budgets/key/${id}`, { method: 'PUT', body })).status).toBe(200)
    // Keys are read again within the second.
    await expect
      .poll(async () => (await Promise.allSettled([say(client)]))[0]?.status, { timeout: 5_000 })
      .toBe('fulfilled')
    await nobodyHolds(`key/${id}`)
    const [spent] = (await policyOf(`key/${id}`)).budgets
    expect(spent?.spent_usd).toBeGreaterThan(0)
    const reset = await gateway.admin(`/budgets/key/${id}/reset`, { method: 'POST' })
    expect(JSON.parse(await reset.text())).toMatchObject({ budgets: [{ spent_usd: 0, free_usd: 0.02 }] })
  })
})

describe('a soft budget', () => {
  it('counts, and lets everything in', async () => {
    const { client } = await clientWith({ project: 'frugal' })
    const { response } = await say(client)
    await nobodyHolds('project/frugal')
    const [budget] = (await policyOf('project/frugal')).budgets
    expect(budget).toMatchObject({
      period: 'day',
      spent_usd: Number(response.headers.get('x-farthing-cost-usd')),
    })
    // It needs no bound on the output.
    expect(gateway.fleet.providers.openai.requests.at(-1)?.body).not.toHaveProperty('max_completion_tokens')
  })
})

describe('a limit', () => {
  it('of a key is told in OpenAI\u2019s headers, and refuses with the time to wait', async () => {
    const { client } = await clientWith({ limits: { rpm: 2, tpm: 1_000_000 } })
    const { response } = await say(client)
    expect(response.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    expect(response.headers.get('x-ratelimit-reset-requests')).toBe('1m0s')
    expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('1000000')
    expect(Number(response.headers.get('x-ratelimit-remaining-tokens'))).toBeLessThan(1_000_000)
    await say(client)
    const error = await refusal(client)
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' })
    expect(error.message).toMatch(
      /Rate limit reached for this API key on requests per min \(RPM\): Limit 2, Used 2\. Please try again in \d+/,
    )
    const seconds = Number(error.headers?.get('retry-after'))
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(error.headers?.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(error.headers?.get('x-should-retry')).toBeNull()
  })

  it('of tokens that the request can never keep says so, and is not tried again', async () => {
    const { client } = await clientWith({ limits: { tpm: 1 } }, 3)
    const error = await refusal(client)
    expect(error.message).toMatch(
      /Request too large for this API key on tokens per min \(TPM\): Limit 1, Requested \d+/,
    )
    expect(error.headers?.get('x-should-retry')).toBe('false')
  })

  it('of requests at once is free when they end', async () => {
    const { client } = await clientWith({ limits: { concurrency: 1 } })
    gateway.fleet.providers.openai.faults.push({ kind: 'slow_first_byte', ms: 700 })
    const slow = say(client)
    await expect.poll(() => gateway.held()).toBe(1)
    const error = await refusal(client)
    expect(error.message).toMatch(/concurrent requests: Limit 1/)
    expect(error.headers?.get('retry-after')).toBe('1')
    await slow
    await expect.poll(async () => (await Promise.allSettled([say(client)]))[0]?.status).toBe('fulfilled')
  })

  it('of a team counts all its keys', async () => {
    const [one, other] = [await clientWith({ team: 'slow' }), await clientWith({ team: 'slow' })]
    await say(one.client)
    await say(other.client)
    expect((await refusal(one.client)).message).toMatch(/for team "slow" on requests per min/)
  })

  it('of a project or of all is named as what it is', async () => {
    const { client } = await clientWith({ project: 'narrow' })
    await gateway.admin('/budgets/project/narrow', { method: 'PUT', body: { limits: { rpm: 1 } } })
    await say(client)
    expect((await refusal(client)).message).toMatch(/for project "narrow" on requests per min/)
    await gateway.admin('/budgets/org/default', { method: 'PUT', body: { limit_usd: 0, period: 'total' } })
    expect((await refusal((await clientWith({})).client)).message).toMatch(
      /The total budget of the organisation, 0 USD, has no room/,
    )
    await gateway.admin('/budgets/org/default', { method: 'DELETE' })
    await gateway.admin('/budgets/project/narrow', { method: 'DELETE' })
  })

  it('of a route makes way for the next one, and is 429 only where there is none', async () => {
    const { client } = await clientWith({})
    const model = 'moonshot/kimi-k2.6'
    await say(client, { model })
    await say(client, { model })
    const error = await refusal(client, { model })
    expect(error.message).toMatch(/Every route that could serve this request is at its limit now/)
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(50)
    const ask = (): Promise<Response> =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'standard',
          messages: HELLO,
          routing: { providers: { only: ['deepseek', 'anthropic'] } },
        }),
      })
    gateway.fleet.providers.anthropic.faults.push({ kind: 'slow_first_byte', ms: 700 })
    const first = ask()
    await expect.poll(() => gateway.held()).toBe(1)
    const second = await ask()
    expect([second.status, second.headers.get('x-farthing-provider')]).toEqual([200, 'deepseek'])
    const answered = await first
    expect([answered.status, answered.headers.get('x-farthing-provider')]).toEqual([200, 'anthropic'])
  })

  it('of a route stands also where a request falls back to it', async () => {
    const { deepseek, openai } = gateway.fleet.providers
    const ask = (only: readonly string[]): Promise<Response> =>
      fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'standard', messages: HELLO, routing: { providers: { only } } }),
      })
    const before = deepseek.requests.length
    deepseek.faults.push({ kind: 'slow_first_byte', ms: 900 })
    const slow = ask(['deepseek'])
    await expect.poll(() => gateway.held()).toBe(1)
    openai.faults.push({ kind: 'status', status: 500, times: 10 })
    const failed = await ask(['deepseek', 'openai'])
    expect(failed.status).toBe(502)
    expect((await slow).status).toBe(200)
    // The other one was never sent to it.
    expect(deepseek.requests.length).toBe(before + 1)
  })
})

describe('an operator', () => {
  it('is told once when a share is passed, and once when a hard budget refuses', async () => {
    const { id, client } = await clientWith({
      budgets: [
        { limit_usd: 0.02, period: 'day', alert_at: [0.000001, 0.000002, 0.99] },
        { limit_usd: 0.000001, period: 'total', hard: false },
      ],
    })
    await say(client)
    await say(client)
    await nobodyHolds(`key/${id}`)
    const told = (message: string): Record<string, unknown>[] =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes(message) && line.includes(id))
        .map((line) => JSON.parse(line))
    const passed = () => told('a budget passed a share of its limit')
    await expect.poll(() => passed().length).toBe(4)
    expect(passed().map(({ period, share }) => [period, share])).toEqual([
      ['day', 0.000001],
      ['day', 0.000002],
      ['total', 0.8],
      ['total', 1],
    ])
    expect(passed()[0]).toMatchObject({ scope: 'key', name: id, hard: true, limit_usd: 0.02, level: 'warn' })

    await gateway.admin(`/budgets/key/${id}`, { method: 'PUT', body: { limit_usd: 0, period: 'week' } })
    await expect
      .poll(async () => (await Promise.allSettled([say(client)]))[0]?.status, { timeout: 5_000 })
      .toBe('rejected')
    await refusal(client)
    expect(told('a budget has no room, and refuses')).toMatchObject([
      { name: id, period: 'week', limit_usd: 0 },
    ])
  })

  it('sees limit, spent and held of every budget in the metrics', async () => {
    const { id, client } = await clientWith({ budgets: [{ limit_usd: 3, period: 'month' }] })
    gateway.fleet.providers.openai.faults.push({ kind: 'slow_first_byte', ms: 400 })
    const answer = say(client, { max_completion_tokens: 100 })
    await expect.poll(() => gateway.held()).toBe(1)
    const metrics = async (): Promise<string> => (await fetch(`${gateway.url}/metrics`)).text()
    const during = await metrics()
    const labels = `{scope="key",name="${id}",period="month"}`
    expect(during).toContain(`farthing_budget_limit_usd${labels} 3\n`)
    expect(during).toContain(`farthing_budget_spent_usd${labels} 0\n`)
    expect(during).not.toContain(`farthing_budget_held_usd${labels} 0\n`)
    expect(during).toContain(`farthing_budget_held_usd${labels} `)
    expect(during).toContain('farthing_budget_limit_usd{scope="team",name="broke",period="month"} 0\n')
    const cost = (await answer).response.headers.get('x-farthing-cost-usd')
    await nobodyHolds(`key/${id}`)
    const after = await metrics()
    expect(after).toContain(`farthing_budget_spent_usd${labels} ${Number(cost)}\n`)
    expect(after).toContain(`farthing_budget_held_usd${labels} 0\n`)
    expect(after).toMatch(/farthing_budget_alerts_total\{scope="team",period="month",kind="refused"\} 1/)
  })
})

describe('/admin/budgets', () => {
  it('sets what comes before the configuration, and takes it back', async () => {
    const { client } = await clientWith({ team: 'broke' })
    const body = { budgets: [{ limit_usd: 1, period: 'day' }], limits: { rpm: 100 } }
    const put = await gateway.admin('/budgets/team/broke', { method: 'PUT', body })
    expect(JSON.parse(await put.text())).toMatchObject({
      scope: 'team',
      name: 'broke',
      source: 'admin',
      budgets: [{ period: 'day', limit_usd: 1, hard: true, time_zone: 'UTC', spent_usd: 0, free_usd: 1 }],
      limits: { rpm: 100, tpm: null, concurrency: null },
    })
    // At once: a hold that was asked for with the old one finds out.
    expect((await say(client)).response.headers.get('x-ratelimit-limit-requests')).toBe('100')
    const removed = await gateway.admin('/budgets/team/broke', { method: 'DELETE' })
    expect(JSON.parse(await removed.text())).toMatchObject({
      source: 'configuration',
      budgets: [{ limit_usd: 0 }],
    })
    expect((await refusal(client)).code).toBe('insufficient_quota')
    const again = await gateway.admin('/budgets/team/broke', { method: 'DELETE' })
    expect([again.status, await again.text()]).toEqual([
      400,
      expect.stringContaining('stand in the configuration'),
    ])
  })

  it('lists all but those of keys', async () => {
    const { data }: { data: { scope: string; name: string }[] } = JSON.parse(
      await (await gateway.admin('/budgets')).text(),
    )
    expect(data.map(({ scope, name }) => `${scope}:${name}`)).toEqual([
      'project:frugal',
      'team:broke',
      'team:slow',
    ])
  })

  it.each([
    ['GET', '/budgets/team/nobody', undefined, 404, /There are no budgets or limits of team \\"nobody\\"/],
    ['GET', '/budgets/galaxy/x', undefined, 404, /there are those of org, team, project, key/],
    ['GET', '/budgets/org/acme', undefined, 404, /its name here is \\"default\\"/],
    ['GET', '/budgets/key/key_0000000000000000', undefined, 404, /There is no key/],
    ['PUT', `/budgets/team/${encodeURIComponent('a b\n💰')}`, { budgets: [] }, 400, /1 to 64 letters/],
    ['PUT', `/budgets/team/${'x'.repeat(10_000)}`, { budgets: [] }, 404, /longer than any name/],
    [
      'PUT',
      '/budgets/team/x',
      { budgets: [{ limit_usd: 'much', period: 'day' }] },
      400,
      /budgets\.0\.limit_usd/,
    ],
    [
      'PUT',
      '/budgets/team/x',
      { budgets: [{ limit_usd: 1, period: 'fortnight' }] },
      400,
      /day, week, month, total/,
    ],
    [
      'PUT',
      '/budgets/team/x',
      { budgets: [{ limit_usd: 1, period: 'day', time_zone: 'Moon' }] },
      400,
      /IANA/,
    ],
    ['PUT', '/budgets/team/x', [], 400, /The body must be a JSON object/],
    ['PUT', '/budgets/team/x', { budget: 1 }, 400, /there are budgets, limits/],
    ['POST', '/budgets/team/x', undefined, 405, /use GET, PUT, DELETE/],
  ] as const)('%s %s %j is %d', async (method, path, body, status, message) => {
    const response = await gateway.admin(path, { method, ...(body === undefined ? {} : { body }) })
    expect(response.status).toBe(status)
    expect(await response.text()).toMatch(message)
  })

  it('keeps the last of many edits at once, whole', async () => {
    const edits = Array.from({ length: 20 }, (_, index) => ({
      budgets: [{ limit_usd: index + 1, period: 'day' }],
    }))
    const answers = await Promise.all(
      edits.map((body) => gateway.admin('/budgets/team/busy', { method: 'PUT', body })),
    )
    expect(answers.map(({ status }) => status)).toEqual(edits.map(() => 200))
    const { budgets } = await policyOf('team/busy')
    expect(edits.map((edit) => edit.budgets[0]?.limit_usd)).toContain(budgets[0]?.limit_usd)
  })
})
