// What a client may tell the router, in the body and in headers: it is kept to, it is explained, and it stays here.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

interface Candidate {
  readonly route: string
  readonly expected_cost_usd: number | null
  readonly worst_case_cost_usd: number | null
  readonly verdict: string
  readonly reason: string | null
}

interface Told {
  readonly status: number
  readonly tier: string
  readonly provider: string
  readonly id: string
  readonly text: string
  readonly estimate: number
  readonly decision: readonly Candidate[]
  readonly tags: Readonly<Record<string, string>>
}

async function ask(body: object, headers: Record<string, string> = {}, key = gateway.key): Promise<Told> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Say hello.' }], ...body }),
  })
  const text = await response.text()
  const header = (name: string): string => response.headers.get(name) ?? ''
  const id = header('x-request-id')
  const details: { decision: { candidates: Candidate[] }; tags: Record<string, string> } = JSON.parse(
    JSON.stringify(await gateway.settled(id)),
  )
  return {
    status: response.status,
    tier: header('x-farthing-tier'),
    provider: header('x-farthing-provider'),
    id,
    text,
    estimate: Number(header('x-farthing-estimated-cost-usd')),
    decision: details.decision.candidates,
    tags: details.tags,
  }
}

const RANK = ['economy', 'standard', 'premium', 'frontier']
const rank = (tier: string): number => RANK.indexOf(tier)

describe('the tier', () => {
  it.each(RANK)('%s is met, by header and by body, whatever the model asks for', async (tier) => {
    for (const model of ['auto', 'economy', 'gpt-4o']) {
      expect(rank((await ask({ model }, { 'x-farthing-tier': tier })).tier)).toBeGreaterThanOrEqual(
        rank(tier),
      )
      expect(rank((await ask({ model, routing: { tier } })).tier)).toBeGreaterThanOrEqual(rank(tier))
    }
  })

  it('of a header loses to that of the body', async () => {
    expect((await ask({ routing: { tier: 'economy' } }, { 'x-farthing-tier': 'frontier' })).tier).toBe(
      'economy',
    )
    expect((await ask({ routing: { tier: 'frontier' } }, { 'x-farthing-tier': 'economy' })).tier).toBe(
      'frontier',
    )
    expect((await ask({ routing: {} }, { 'x-farthing-tier': 'frontier' })).tier).toBe('frontier')
  })
})

describe('providers and jurisdictions', () => {
  it.each([
    [{ providers: { only: ['moonshot'] } }, ['moonshot']],
    [{ providers: { ignore: ['alibaba', 'deepseek', 'openai', 'moonshot'] } }, ['anthropic']],
    [{ providers: { only: ['openai', 'anthropic'], ignore: ['openai'] } }, ['anthropic']],
    [{ jurisdictions: { only: ['us'] } }, ['openai', 'anthropic']],
    [{ jurisdictions: { only: ['US'] } }, ['openai', 'anthropic']],
    [{ jurisdictions: { ignore: ['us', 'cn'] } }, ['alibaba']],
  ])('%o', async (routing, allowed) => {
    const { status, provider, decision } = await ask({ routing })
    expect(status).toBe(200)
    expect(allowed).toContain(provider)
    // Not even as a fallback.
    const used = decision.filter(({ verdict }) => verdict !== 'ineligible')
    expect(used.map(({ route }) => route.split('/')[0]).filter((id) => !allowed.includes(id ?? ''))).toEqual(
      [],
    )
  })
})

describe('tags', () => {
  it('of a header are in the ledger, over those of the key, and spend is grouped by them', async () => {
    const key = await gateway.createKey({ tags: { feature: 'search', owner: 'ada' } })
    const { tags } = await ask({}, { 'x-farthing-tags': 'team=a, feature=faq,constructor=x' }, key)
    expect(tags).toEqual({ owner: 'ada', team: 'a', feature: 'faq', constructor: 'x' })
    const spend: { rows: { 'tag:feature': string | null; requests: number }[] } = JSON.parse(
      await (await gateway.admin('/spend?group_by=tag:feature')).text(),
    )
    expect(spend.rows).toContainEqual(expect.objectContaining({ 'tag:feature': 'faq', requests: 1 }))
    const none: { rows: { requests: number }[] } = JSON.parse(
      await (await gateway.admin('/spend?group_by=tag:toString')).text(),
    )
    expect(none.rows).toEqual([expect.objectContaining({ 'tag:toString': null })])
  })
})

function expectSound(candidates: readonly Candidate[], chosenCost: number): void {
  const [chosen, ...rest] = candidates
  expect(chosen).toMatchObject({ verdict: 'chosen', reason: expect.stringMatching(/^cheapest|^faster/) })
  expect(chosen?.expected_cost_usd).toBeCloseTo(chosenCost, 12)
  const fallbacks = rest.filter(({ verdict }) => verdict === 'fallback')
  expect(fallbacks.length).toBeGreaterThan(5)
  let last = chosen?.expected_cost_usd ?? 0
  for (const { expected_cost_usd: cost, worst_case_cost_usd: worst } of fallbacks) {
    // In order of cost, those within one per cent of each other by latency.
    expect((cost ?? 0) * 1.0101).toBeGreaterThanOrEqual(last)
    expect(worst).toBeGreaterThanOrEqual(cost ?? 0)
    last = Math.max(last, cost ?? 0)
  }
  for (const { verdict, reason } of rest.slice(fallbacks.length))
    expect({ verdict, reason }).toEqual({
      verdict: 'ineligible',
      reason: expect.stringMatching(/^[a-z_:]+$/),
    })
  expect(new Set(candidates.map(({ route }) => route)).size).toBe(candidates.length)
}

describe('a decision', () => {
  it('is in the answer where it is asked for, and always at /admin/requests', async () => {
    const { text, decision, estimate } = await ask({ model: 'standard', routing: { explain: true } })
    const { farthing }: { farthing: { candidates: Candidate[] } } = JSON.parse(text)
    expect(farthing.candidates).toEqual(decision)
    expectSound(decision, estimate)
  })

  it('of a stream is at /admin/requests alone', async () => {
    const { text, decision, estimate } = await ask({
      model: 'standard',
      stream: true,
      routing: { explain: true },
    })
    expect(text).toMatch(/data: \[DONE\]\n\n$/)
    expect(text).not.toContain('farthing')
    expectSound(decision, estimate)
  })

  it('is not in an answer that did not ask', async () => {
    expect((await ask({})).text).not.toContain('"farthing"')
  })

  it('says why a route could not serve', async () => {
    const { decision } = await ask({
      model: 'standard',
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      tool_choice: 'required',
      routing: { providers: { ignore: ['openai'] }, max_cost_usd: 0.05 },
    })
    const reasons = new Set(decision.map(({ reason }) => reason))
    for (const reason of ['tier', 'provider_filter', 'capability:required_tool_choice', 'max_cost'])
      expect(reasons).toContain(reason)
  })
})

describe('a maximum cost', () => {
  it('keeps dearer routes out, and a cap is sent so that it holds', async () => {
    const { decision, provider } = await ask({ model: 'economy', routing: { max_cost_usd: 0.01 } })
    for (const { verdict, worst_case_cost_usd: worst } of decision)
      if (verdict !== 'ineligible') expect(worst).toBeLessThanOrEqual(0.01)
    const received = Object.values(gateway.fleet.providers).find(({ provider: id }) => id === provider)
    expect(JSON.stringify(received?.requests.at(-1)?.body)).toMatch(/"max_(?:completion_)?tokens":\d+/)
  })

  it('without one no cap is sent, as the client sent none', async () => {
    const { provider } = await ask({ model: 'openai/gpt-6-luna' })
    expect(provider).toBe('openai')
    expect(JSON.stringify(gateway.fleet.providers.openai.requests.at(-1)?.body)).not.toMatch(/max_.*tokens/)
  })
})

it('nothing of it travels upstream', async () => {
  await ask(
    { routing: { tier: 'economy', session: 'conversation-7', explain: true } },
    {
      'x-farthing-tier': 'economy',
      'x-farthing-tags': 'team=a',
      'x-farthing-session': 'conversation-8',
      cookie: 'secret=1',
      'x-custom': 'mine',
      'openai-organization': 'org-1',
    },
  )
  const received = Object.values(gateway.fleet.providers).flatMap(({ requests }) => requests)
  for (const { headers, body } of received) {
    const text = JSON.stringify({ headers, body })
    expect(text).not.toMatch(/farthing|routing|conversation-|secret=1|x-custom|org-1/)
    expect(text).not.toContain(gateway.key)
  }
})
