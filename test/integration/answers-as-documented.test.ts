// The examples of docs/admin-api.md and the README beside what a gateway really answers: the same fields, of the same kinds.

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const examples = Array.from(
  readFileSync('docs/admin-api.md', 'utf8').matchAll(/^```json\n([\s\S]*?)^```/gm),
  ([, text = '']): unknown => JSON.parse(text),
)

/** Fields and kinds of values, of lists the first element's; free names count as one. */
function shapeOf(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.length === 0 ? 'list' : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  if (name === 'tags') return 'names'
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, shapeOf(inner, key)]),
  )
}

/** What one of the two leaves empty says nothing about its kind. */
function settleNulls(one: unknown, other: unknown): unknown {
  if (one === 'null' || one === 'list') return other
  if (Array.isArray(one) && Array.isArray(other)) return [settleNulls(one[0], other[0])]
  if (!isRecord(one) || !isRecord(other)) return one
  return Object.fromEntries(
    Object.entries(one).map(([key, inner]) => [key, key in other ? settleNulls(inner, other[key]) : inner]),
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function expectSameShape(answer: unknown, example: unknown): void {
  const [real, written] = [shapeOf(answer), shapeOf(example)]
  expect(settleNulls(real, written)).toEqual(settleNulls(written, real))
}

let gateway: TestGateway
let response: Response
let requestId: string

beforeAll(async () => {
  gateway = await startGateway({ config: { content: { teams: { search: { sample: 1 } } } } })
  const key = await gateway.createKey({ team: 'search', tags: { feature: 'faq' } })
  response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hello.' }] }),
  })
  requestId = response.headers.get('x-request-id') ?? ''
  await gateway.settled(requestId)
})
afterAll(() => gateway.close())

const get = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
  const answer: unknown = await (await gateway.admin(path)).json()
  if (!isRecord(answer)) throw new Error(`${path} answers no object`)
  return answer
}

const explain = async (body: unknown): Promise<Readonly<Record<string, unknown>>> => {
  const answer: unknown = await (await gateway.admin('/explain', { method: 'POST', body })).json()
  if (!isRecord(answer)) throw new Error('/explain answers no object')
  return answer
}

it('the README names headers and a field that are there', async () => {
  const readme = readFileSync('README.md', 'utf8')
  const headers = new Set(Array.from(readme.matchAll(/`(x-farthing-[a-z-]+)`/g), ([, name = '']) => name))
  expect(headers.size).toBeGreaterThan(3)
  expect([...headers].filter((name) => !response.headers.has(name))).toEqual([])
  expect(await response.json()).toMatchObject({ usage: { cost: expect.any(Number) } })
})

describe('docs/admin-api.md', () => {
  const [
    error,
    key,
    audit,
    budgets,
    spend,
    reconciliation,
    requests,
    attempt,
    content,
    providers,
    explanation,
  ] = examples

  it('has one example for each kind of answer', () => {
    expect(examples).toHaveLength(11)
  })

  it('shows an error', async () => {
    const refused = await gateway.admin('/keys', { method: 'POST', body: { name: 'x', min_tier: 'low' } })
    expect({ status: refused.status, body: await refused.json() }).toEqual({ status: 400, body: error })
  })

  it('shows a key', async () => {
    const body = { name: 'x', team: 'search', tags: { feature: 'faq' }, models: { deny: ['openai/*'] } }
    expectSameShape(await (await gateway.admin('/keys', { method: 'POST', body })).json(), key)
  })

  it('shows the audit log', async () => {
    const { data, ...page } = await get('/audit?limit=1')
    const { data: written, ...example } = isRecord(audit) ? audit : {}
    expectSameShape({ ...page, next_cursor: null }, example)
    const [entry] = Array.isArray(data) ? data : []
    expect(Object.keys(entry)).toEqual(Object.keys(Array.isArray(written) ? written[0] : {}))
  })

  it('shows a reconciliation', async () => {
    expectSameShape(await get('/reconcile'), reconciliation)
  })

  it('shows an explanation', async () => {
    const body = { model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }] }
    const { candidates, ...answer } = await explain(body)
    const { candidates: shortened, ...example } = isRecord(explanation) ? explanation : {}
    expectSameShape(answer, example)
    const names = Object.keys(Array.isArray(shortened) ? shortened[0] : {})
    expect(names).toContain('verdict')
    const [first] = Array.isArray(candidates) ? candidates : []
    expect(Object.keys(first)).toEqual(expect.arrayContaining(names))
  })

  it('shows budgets', async () => {
    const body = { budgets: [{ limit_usd: 200, period: 'day' }], limits: { rpm: 600 } }
    const put = await gateway.admin('/budgets/team/search', { method: 'PUT', body })
    expectSameShape(await put.json(), budgets)
    expectSameShape(await get('/budgets/team/search'), budgets)
  })

  it('shows spend', async () => {
    const { total, ...answer } = await get('/spend?group_by=team,model')
    const { total: shortened, ...example } = isRecord(spend) ? spend : {}
    expectSameShape(answer, example)
    expect(total).toHaveProperty('requests')
    expect(shortened).toHaveProperty('requests')
  })

  it('shows requests and their attempts', async () => {
    expectSameShape(await get('/requests?team=search'), requests)
    const { attempts, decision, overhead_ms: overhead } = await get(`/requests/${requestId}`)
    expectSameShape(Array.isArray(attempts) ? attempts[0] : null, attempt)
    expect({ decision, overhead }).toMatchObject({
      decision: {
        candidates: expect.arrayContaining([
          {
            route: expect.any(String),
            expected_cost_usd: expect.any(Number),
            worst_case_cost_usd: expect.any(Number),
            verdict: 'chosen',
            reason: expect.any(String),
          },
        ]),
      },
      overhead: expect.any(Number),
    })
  })

  it('shows sampled content', async () => {
    const { content: kept } = await get(`/requests/${requestId}`)
    expect(isRecord(kept) && Object.keys(kept)).toEqual(isRecord(content) && Object.keys(content))
    // Of the message the first part alone: its kind is what the client sent.
    expect(kept).toMatchObject({ messages: [{ role: 'user', parts: [{ type: 'text', is_cut: false }] }] })
  })

  it('shows providers', async () => {
    expectSameShape(await get('/providers'), providers)
  })
})
