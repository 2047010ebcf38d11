// The admin API over real HTTP on the real embedded store.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../src/access/authenticator.ts'
import { createDeclaredKeys } from '../../src/access/declared-keys.ts'
import { createKeyAdmin } from '../../src/admin/key-admin.ts'
import { systemClock } from '../../src/core/clock.ts'
import { adminRoutes } from '../../src/http/admin/admin-routes.ts'
import { errorHandler } from '../../src/http/plugins/error-handler.ts'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import { testAdmin } from '../support/admin.ts'
import { NO_OPERATIONS } from '../support/no-operations.ts'
import { ROUTE_LIST, refusedAttempt, sampleAttempt, sampleRequest } from '../unit/admin/sample-requests.ts'

const ADMIN_KEY = 'an-admin-key-for-tests'
const NOW = Date.parse('2026-11-24T12:00:00Z')

/** What the gateway did not expect: nothing. */
const internalErrors: unknown[] = []

let dataDir: string
let store: Store
let app: FastifyInstance
let origin: string

async function listen(adminKey: string | null): Promise<{ server: FastifyInstance; url: string }> {
  const server = Fastify()
  await server.register(errorHandler, {
    onInternalError: (_, error) => void internalErrors.push(error),
  })
  // As where chat bodies are read: raw. The admin routes must not care.
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  const clock = { now: () => NOW }
  const keys = createKeyAdmin({
    keys: store,
    declared: createDeclaredKeys([]),
    clock: systemClock,
    random: randomBytes,
  })
  await server.register(adminRoutes, {
    adminKey,
    ...testAdmin({ store, clock, routeList: () => ROUTE_LIST }),
    keys,
    ...NO_OPERATIONS,
    clock,
    providerStatus: () => [
      { provider: 'openai', isOn: false, offBecause: 'OPENAI_API_KEY is not set', routes: [] },
    ],
  })
  return { server, url: await server.listen({ host: '127.0.0.1', port: 0 }) }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly text: string
  readonly json: ReturnType<typeof JSON.parse>
}

interface Call {
  readonly body?: unknown
  readonly authorization?: string | null
  readonly url?: string
}

async function call(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT',
  path: string,
  options: Call = {},
): Promise<Answer> {
  const { body, authorization = `Bearer ${ADMIN_KEY}`, url = origin } = options
  const response = await request(`${url}${path}`, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.body.text()
  const isJson = String(response.headers['content-type']).startsWith('application/json')
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : null,
  }
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'farthing-admin-'))
  store = createEmbeddedStore({ directory: dataDir })
  await store.settle(sampleRequest('req_1'))
  await store.settle(
    sampleRequest('req_2', {
      startedAtMs: Date.parse('2026-11-24T11:20:00Z'),
      attempts: [refusedAttempt('req_2.1'), sampleAttempt('req_2.2', { source: 'estimated' })],
    }),
  )
  await store.settle(
    sampleRequest('req_3', {
      startedAtMs: Date.parse('2026-11-23T23:59:00Z'),
      keyId: 'key_other',
      team: 'ads',
      tags: {},
      baseline: 1_000_000_000,
    }),
  )
  await store.settle(sampleRequest('req_old', { startedAtMs: Date.parse('2026-10-01T00:00:00Z') }))
  ;({ server: app, url: origin } = await listen(ADMIN_KEY))
})

afterAll(async () => {
  await app.close()
  await store.close()
  rmSync(dataDir, { recursive: true })
})

describe('who may', () => {
  const PATHS = [
    ['GET', '/admin/keys'],
    ['POST', '/admin/keys'],
    ['GET', '/admin/keys/key_x'],
    ['PATCH', '/admin/keys/key_x'],
    ['DELETE', '/admin/keys/key_x'],
    ['GET', '/admin/spend'],
    ['GET', '/admin/requests'],
    ['GET', '/admin/requests/req_1'],
    ['GET', '/admin/providers'],
  ] as const

  it.each(PATHS)('%s %s needs the admin key', async (method, path) => {
    const { server, url } = await listen(ADMIN_KEY)
    for (const authorization of [
      null,
      'Bearer wrong',
      `Basic ${ADMIN_KEY}`,
      `Bearer ${ADMIN_KEY}x`,
      `Bearer ${ADMIN_KEY.slice(1)}`,
    ]) {
      const { status, json, text } = await call(method, path, { authorization, url })
      expect([status, json.error.code, json.error.type]).toEqual([
        401,
        'invalid_api_key',
        'invalid_request_error',
      ])
      expect(text).not.toContain(ADMIN_KEY)
    }
    await server.close()
  })

  it('is guessed ten times in a row at most; then the right one is not looked at either', async () => {
    const { server, url } = await listen(ADMIN_KEY)
    const tell = async (authorization: string | null) =>
      (await call('GET', '/admin/keys', { authorization, url })).status
    for (let tries = 0; tries < 20; tries++) expect(await tell(null)).toBe(401)
    for (let tries = 0; tries < 10; tries++) expect(await tell('Bearer wrong')).toBe(401)
    const refused = await call('GET', '/admin/keys', { authorization: 'Bearer wrong', url })
    const unread = await call('GET', '/admin/keys', { url })
    expect([refused.status, refused.headers['retry-after'], refused.json.error.code]).toEqual([
      429,
      '6',
      'rate_limit_exceeded',
    ])
    expect(unread.text).toBe(refused.text)
    expect(unread.status).toBe(429)
    await server.close()
  })

  it('without an admin key in the environment, there is nothing at any path', async () => {
    const { server, url } = await listen(null)
    for (const [method, path] of PATHS) {
      for (const authorization of [null, `Bearer ${ADMIN_KEY}`, 'Bearer ', 'Bearer null']) {
        const { status, json } = await call(method, path, { authorization, url })
        expect([status, json.error.code]).toEqual([404, 'not_found'])
      }
    }
    await server.close()
  })

  it('answers are not for caches', async () => {
    expect((await call('GET', '/admin/keys')).headers['cache-control']).toBe('no-store')
  })
})

describe('keys', () => {
  it('are created, shown once, and open the gateway', async () => {
    const created = await call('POST', '/admin/keys', {
      body: { name: 'search', team: 'search', tags: { feature: 'faq' } },
    })
    expect(created.status).toBe(201)
    const { key, id } = created.json
    expect(key).toMatch(/^fth_[0-9A-Za-z]{40}$/)
    expect(created.headers['location']).toBe(`/admin/keys/${id}`)
    expect(created.json).toEqual({
      key,
      id,
      name: 'search',
      team: 'search',
      project: null,
      tags: { feature: 'faq' },
      models: { allow: null, deny: [] },
      jurisdictions: null,
      min_tier: null,
      max_tier: null,
      baseline: null,
      request_tags: null,
      previous_key_until: null,
      on_content_filter: 'stop',
      budgets: [],
      limits: null,
      when_store_away: null,
      expires_at: null,
      created_at: created.json.created_at,
      revoked_at: null,
      hint: key.slice(-4),
      declared: null,
      status: 'active',
    })

    const { authenticate } = createAuthenticator({
      keys: store,
      declared: createDeclaredKeys([]),
      clock: systemClock,
      mode: 'keys',
    })
    expect((await authenticate(`Bearer ${key}`)).keyId).toBe(id)

    const shown = await call('GET', `/admin/keys/${id}`)
    const listed = await call('GET', '/admin/keys')
    expect(shown.json.name).toBe('search')
    expect(listed.json.data.map((entry: { id: string }) => entry.id)).toContain(id)
    for (const { text } of [shown, listed]) expect(text).not.toContain(key.slice(4))
    const stored = await store.key(id)
    expect(JSON.stringify(stored)).not.toContain(key.slice(4))
  })

  it('are changed field by field, and cleared with null', async () => {
    const { json } = await call('POST', '/admin/keys', {
      body: { name: 'a', team: 't', models: { allow: ['economy'], deny: ['openai/*'] }, min_tier: 'economy' },
    })
    const patched = await call('PATCH', `/admin/keys/${json.id}`, {
      body: { name: 'b', team: null, models: { deny: [] }, max_tier: 'standard', expires_at: '2099-01-01' },
    })
    expect(patched.status).toBe(200)
    expect(patched.json).toMatchObject({
      name: 'b',
      team: null,
      models: { allow: ['economy'], deny: [] },
      min_tier: 'economy',
      max_tier: 'standard',
      expires_at: '2099-01-01T00:00:00.000Z',
      created_at: json.created_at,
    })
    expect((await call('GET', `/admin/keys/${json.id}`)).json).toEqual(patched.json)

    const refused = await call('PATCH', `/admin/keys/${json.id}`, { body: { min_tier: 'premium' } })
    expect([refused.status, refused.json.error.param]).toEqual([400, 'max_tier'])
    expect((await call('GET', `/admin/keys/${json.id}`)).json.min_tier).toBe('economy')
  })

  it('are revoked for good, as often as one likes', async () => {
    const { json } = await call('POST', '/admin/keys', { body: { name: 'short-lived' } })
    const first = await call('DELETE', `/admin/keys/${json.id}`)
    expect([first.status, first.json.status]).toEqual([200, 'revoked'])
    const second = await call('DELETE', `/admin/keys/${json.id}`)
    expect(second.json).toEqual(first.json)
    const patched = await call('PATCH', `/admin/keys/${json.id}`, { body: { name: 'again' } })
    expect([patched.status, patched.json.error.message]).toEqual([
      400,
      `${json.id} is revoked for good; create a new key instead.`,
    ])

    const { authenticate } = createAuthenticator({
      keys: store,
      declared: createDeclaredKeys([]),
      clock: systemClock,
      mode: 'keys',
    })
    await expect(authenticate(`Bearer ${json.key}`)).rejects.toMatchObject({ status: 401 })
  })

  it('stay revoked when a change was on its way', async () => {
    const slowReads = {
      ...store,
      key: async (id: string) => {
        const found = await store.key(id)
        await setTimeout(20)
        return found
      },
    }
    const keys = createKeyAdmin({
      keys: slowReads,
      declared: createDeclaredKeys([]),
      clock: systemClock,
      random: randomBytes,
    })
    const { id } = await keys.create({ name: 'raced' })
    const [before, revoked, after] = await Promise.allSettled([
      keys.patch(id, { name: 'before' }),
      keys.revoke(id),
      keys.patch(id, { name: 'after' }),
    ])
    expect([before.status, revoked.status, after.status]).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(await keys.get(id)).toMatchObject({ name: 'before', status: 'revoked' })
  })

  it('that do not exist are 404', async () => {
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const answer = await call(
        method,
        '/admin/keys/key_nobody',
        method === 'PATCH' ? { body: { name: 'x' } } : {},
      )
      expect([answer.status, answer.json.error.code]).toEqual([404, 'not_found'])
    }
  })

  it.each([
    ['', 'The body must be a JSON object.', null],
    ['{"name": "x"', 'The request body is not valid JSON.', null],
    ['[]', 'The body must be a JSON object.', null],
    [
      '{"name":"x","budgets":[{"limit_usd":NaN,"period":"day"}]}',
      'The request body is not valid JSON.',
      null,
    ],
    [
      { name: 'x', budgets: [{ limit_usd: 1e30, period: 'day' }] },
      /from 0 to 4000000/,
      'budgets.0.limit_usd',
    ],
    [{ name: 'x', limits: { rpm: 0 } }, /whole number from 1/, 'limits.rpm'],
    [{ name: 'x', limits: { rps: 1 } }, /is not known here; there are rpm, tpm, concurrency/, 'limits.rps'],
    [{ name: 'x', budgets: [{ limit_usd: -1, period: 'day' }] }, /from 0 to 4000000/, 'budgets.0.limit_usd'],
    [
      { name: 'x', budgets: [{ limit_usd: 1, period: 'year' }] },
      /day, week, month, total/,
      'budgets.0.period',
    ],
    [{ name: 'x', teem: 'a' }, /"teem" is not known here/, 'teem'],
  ])('a body of %j is refused', async (body, message, param) => {
    const before = (await call('GET', '/admin/keys')).json.data.length
    const { status, json } = await call('POST', '/admin/keys', { body })
    expect([status, json.error.param, json.error.type]).toEqual([400, param, 'invalid_request_error'])
    expect(json.error.message).toMatch(message)
    expect((await call('GET', '/admin/keys')).json.data.length).toBe(before)
  })

  it('a body that is not JSON by its type, or far too long, is refused', async () => {
    const response = await request(`${origin}/admin/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'text/plain' },
      body: '{"name":"x"}',
    })
    expect(response.statusCode).toBe(415)
    await response.body.dump()
    expect((await call('POST', '/admin/keys', { body: { name: 'x'.repeat(70_000) } })).status).toBe(413)
  })

  it('a wrong method says which are right', async () => {
    const { status, headers } = await call('PUT', '/admin/keys')
    expect([status, headers['allow']]).toEqual([405, 'POST, GET'])
  })
})

const spent = async (query: string) => (await call('GET', `/admin/spend?${query}`)).json.total.requests

describe('spend', () => {
  const BOTH = {
    requests: 2,
    attempts: 3,
    input_tokens: 3000,
    cached_tokens: 1000,
    output_tokens: 600,
    reasoning_tokens: 200,
    cost_usd: 0.0068,
    baseline_usd: 0.02,
    saved_usd: 0.0132,
  }

  it('is the last 30 days, in one row, when nothing is asked for', async () => {
    const { json } = await call('GET', '/admin/spend')
    expect(json.from).toBe('2026-10-25T12:00:00.000Z')
    expect(json.to).toBe('2026-11-24T13:00:00.000Z')
    expect(json.total).toEqual({
      requests: 3,
      attempts: 4,
      input_tokens: 4500,
      cached_tokens: 1500,
      output_tokens: 900,
      reasoning_tokens: 300,
      cost_usd: 0.0102,
      baseline_usd: 0.021,
      saved_usd: 0.0108,
      estimated_usd: 0.0034,
    })
    expect(json.rows).toEqual([json.total])
  })

  it('is grouped, dearest first, and saved can be negative', async () => {
    const { json } = await call('GET', '/admin/spend?group_by=team')
    expect(json.rows).toEqual([
      { team: 'search', ...BOTH, estimated_usd: 0.0034 },
      expect.objectContaining({
        team: 'ads',
        requests: 1,
        cost_usd: 0.0034,
        baseline_usd: 0.001,
        saved_usd: -0.0024,
        estimated_usd: 0,
      }),
    ])
  })

  it('is grouped by tag, key and hour, by time first', async () => {
    const { json } = await call('GET', '/admin/spend?group_by=hour,tag:feature&group_by=key')
    expect(json.group_by).toEqual(['hour', 'tag:feature', 'key'])
    expect(
      json.rows.map((row: Record<string, unknown>) => [row['hour'], row['tag:feature'], row['key']]),
    ).toEqual([
      ['2026-11-23T23:00Z', null, 'key_other'],
      ['2026-11-24T10:00Z', 'faq', 'key_search'],
      ['2026-11-24T11:00Z', 'faq', 'key_search'],
    ])
  })

  it('covers the hours asked for, the end excluded', async () => {
    expect(await spent('from=2026-11-24T10:00Z&to=2026-11-24T11:00Z')).toBe(1)
    expect(await spent('from=2026-11-24T10:59Z&to=2026-11-24T11:01Z')).toBe(2)
    expect(await spent('from=2026-10-01&to=2026-10-02')).toBe(1)
    expect(await spent('from=2026-12-01&to=2026-12-02')).toBe(0)
  })

  it('comes as CSV with exact amounts', async () => {
    const { headers, text } = await call('GET', '/admin/spend?group_by=day,team&format=csv')
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(text.split('\r\n')).toEqual([
      'day,team,requests,attempts,input_tokens,cached_tokens,output_tokens,reasoning_tokens,cost_usd,baseline_usd,saved_usd,estimated_usd',
      '2026-11-23,ads,1,1,1500,500,300,100,0.0034,0.001,-0.0024,0',
      '2026-11-24,search,2,3,3000,1000,600,200,0.0068,0.02,0.0132,0.0034',
      '',
    ])
  })

  it.each([
    [
      'group_by=customer',
      'group_by',
      /has "customer", which nothing is grouped by; there are provider, model/,
    ],
    ['group_by=tag:', 'group_by', /has "tag:"/],
    ['group_by=provider,model,tier,team,project,key,day', 'group_by', /at most 6 at once/],
    ['from=lately', 'from', /"from" is not a moment/],
    ['from=2026-11-02&to=2026-11-01', 'from', /must be before "to"/],
    ['from=2026-11-01&from=2026-11-02', 'from', /must be given once/],
    ['format=xml', 'format', /must be json or csv/],
    ['groupby=team', 'groupby', /"groupby" is not known here; there are from, to, group_by, format/],
  ])('refuses %s', async (query, param, message) => {
    const { status, json } = await call('GET', `/admin/spend?${query}`)
    expect([status, json.error.param]).toEqual([400, param])
    expect(json.error.message).toMatch(message)
  })
})

const ids = (answer: Answer) => answer.json.data.map((entry: { id: string }) => entry.id)

describe('requests', () => {
  it('are listed newest first, page by page', async () => {
    const first = await call('GET', '/admin/requests?limit=3')
    expect(ids(first)).toEqual(['req_2', 'req_1', 'req_3'])
    expect(first.json.has_more).toBe(true)
    const second = await call(
      'GET',
      `/admin/requests?limit=3&cursor=${encodeURIComponent(first.json.next_cursor)}`,
    )
    expect(ids(second)).toEqual(['req_old'])
    expect([second.json.has_more, second.json.next_cursor]).toEqual([false, null])
  })

  it('are filtered', async () => {
    expect(ids(await call('GET', '/admin/requests?team=ads'))).toEqual(['req_3'])
    expect(ids(await call('GET', '/admin/requests?key=key_search&from=2026-11-01'))).toEqual([
      'req_2',
      'req_1',
    ])
    expect(ids(await call('GET', '/admin/requests?to=2026-11-01'))).toEqual(['req_old'])
    expect(ids(await call('GET', '/admin/requests?outcome=client_gone'))).toEqual([])
    expect(ids(await call('GET', '/admin/requests?cost_over_usd=0.0034'))).not.toContain('req_2')
    expect(ids(await call('GET', '/admin/requests?cost_over_usd=0.003399999999'))).toContain('req_2')
  })

  it('are shown whole: decision, attempts, cost, and how the usage is known', async () => {
    const { json } = await call('GET', '/admin/requests/req_2')
    expect(json).toMatchObject({
      id: 'req_2',
      key_id: 'key_search',
      route: 'deepseek/deepseek-flash@high',
      duration_ms: 2500,
      attempt_count: 2,
      input_tokens: 1500,
      cached_tokens: 500,
      cost_usd: 0.0034,
      baseline_usd: 0.01,
      saved_usd: 0.0066,
      is_estimated: true,
      overhead_ms: 1.5,
    })
    expect(json.attempts[0]).toMatchObject({
      id: 'req_2.1',
      outcome: 'overloaded',
      status: 503,
      reason: 'overloaded, try later',
      usage_source: null,
      cost_usd: 0,
      time_to_first_token_ms: null,
    })
    expect(json.attempts[1]).toMatchObject({
      id: 'req_2.2',
      outcome: 'success',
      usage: {
        input_tokens: 1500,
        cached_tokens: 500,
        cache_write_tokens: 0,
        output_tokens: 300,
        reasoning_tokens: 100,
      },
      usage_source: 'estimated',
      cost_usd: 0.0034,
      cost_details: { input: 0.0019, cached_input: 0.00006, cache_write: 0, output: 0.00144 },
      time_to_first_token_ms: 480,
    })
    expect(json.decision.candidates).toEqual([
      {
        route: 'deepseek/deepseek-flash@high',
        expected_cost_usd: 0.003,
        worst_case_cost_usd: 0.009,
        verdict: 'chosen',
        reason: 'cheapest',
      },
      {
        route: 'alibaba/qwen3.8-flash',
        expected_cost_usd: 0.004,
        worst_case_cost_usd: 0.008,
        verdict: 'fallback',
        reason: null,
      },
      {
        route: 'moonshot/kimi-k2',
        expected_cost_usd: null,
        worst_case_cost_usd: null,
        verdict: 'ineligible',
        reason: 'tier',
      },
    ])
  })

  it('that are not in the ledger are 404', async () => {
    const { status, json } = await call('GET', '/admin/requests/req_nothing')
    expect([status, json.error.code]).toEqual([404, 'not_found'])
    expect(json.error.message).toContain('There is no request "req_nothing"')
  })

  it.each([
    ['limit=0', 'limit', /whole number from 1 to 500/],
    ['limit=501', 'limit', /whole number from 1 to 500/],
    ['limit=ten', 'limit', /whole number from 1 to 500/],
    ['outcome=fine', 'outcome', /must be one of success, client_gone/],
    ['cost_over_usd=much', 'cost_over_usd', /amount of US dollars such as 0.05/],
    ['cost_over_usd=-1', 'cost_over_usd', /amount of US dollars/],
    ['colour=blue', 'colour', /is not known here/],
  ])('refuses %s', async (query, param, message) => {
    const { status, json } = await call('GET', `/admin/requests?${query}`)
    expect([status, json.error.param]).toEqual([400, param])
    expect(json.error.message).toMatch(message)
  })
})

it('providers are shown as this process sees them', async () => {
  expect((await call('GET', '/admin/providers')).json).toEqual({
    object: 'list',
    data: [{ id: 'openai', on: false, off_because: 'OPENAI_API_KEY is not set', health: 'off', routes: [] }],
  })
})

it('nothing of all this was an internal error', () => {
  expect(internalErrors).toEqual([])
})
