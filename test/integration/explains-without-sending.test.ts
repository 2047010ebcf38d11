// `farthing explain` and POST /admin/explain say what the gateway then does, and do nothing themselves.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { farthing } from '../support/farthing.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { PROMPT } from '../support/nothing-lost.ts'

let gateway: TestGateway
let file: string
beforeAll(async () => {
  gateway = await startGateway()
  file = join(gateway.dataDir, 'request.json')
  writeFileSync(file, JSON.stringify(request()))
})
afterAll(() => gateway.close())

function request(changes: object = {}): object {
  return { model: 'standard', messages: [{ role: 'user', content: PROMPT }], max_tokens: 200, ...changes }
}

interface Explained {
  readonly route: string | null
  readonly tier: string
  readonly reason: string | null
  readonly dropped: readonly string[]
  readonly refusal: { readonly status: number; readonly code: string; readonly message: string } | null
  readonly expected: {
    readonly expected_cost_usd: number
    readonly worst_case_cost_usd: number
    readonly baseline_model: string
    readonly saved_usd: number
  } | null
  readonly candidates: readonly {
    readonly route: string
    readonly verdict: string
    readonly reasons: readonly string[]
    readonly expected_cost_usd: number | null
    readonly worst_case_cost_usd: number | null
  }[]
}

async function explain(body: object, query = ''): Promise<Explained> {
  const response = await gateway.admin(`/explain${query}`, { method: 'POST', body })
  expect(response.status).toBe(200)
  return JSON.parse(await response.text())
}

async function serve(body: object, key = gateway.key) {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  const settled =
    answer.status === 200 ? await gateway.settled(answer.headers.get('x-request-id') ?? '') : null
  return { status: answer.status, text, settled }
}

describe('over the admin API', () => {
  it.each([
    ['a tier', request()],
    ['auto', request({ model: 'auto' })],
    ['an alias', request({ model: 'gpt-4o' })],
    ['a pin', request({ model: 'anthropic/claude-haiku-5-5' })],
    ['tools and a hint', request({ tools: [{ type: 'function', function: { name: 'f' } }], top_k: 3 })],
    ['a tier of the routing options', request({ routing: { tier: 'premium', max_cost_usd: 1 } })],
  ])('%s: the candidates and the numbers are those of the request that is then served', async (_, body) => {
    const explained = await explain(body)
    const { settled } = await serve(body)
    expect(explained.route).toBe(settled?.attempts[0]?.route)
    expect(explained.tier).toBe(settled?.['tier'])
    const decision: { candidates: Explained['candidates'] } = JSON.parse(
      JSON.stringify(settled?.['decision']),
    )
    const eligible = (all: Explained['candidates']) =>
      all
        .filter(({ verdict }) => verdict !== 'ineligible')
        .map((one) => [one.route, one.verdict, Math.round((one.expected_cost_usd ?? 0) * 1e9)])
    expect(eligible(explained.candidates)).toEqual(eligible(decision.candidates))
    // The log has the first reason of each, the explanation all of them.
    const reasons = new Map(explained.candidates.map((one) => [one.route, one.reasons]))
    for (const one of decision.candidates.filter(({ verdict }) => verdict === 'ineligible')) {
      const reason: unknown = Reflect.get(one, 'reason')
      expect(reasons.get(one.route)).toContain(reason)
    }
  })

  it('sends, holds and books nothing', async () => {
    const before = [
      gateway.fleet.books().requests,
      await gateway.held(),
      await (await gateway.admin('/spend')).text(),
    ]
    for (let times = 0; times < 5; times++) await explain(request({ model: 'frontier' }))
    expect(gateway.fleet.books().requests).toBe(before[0])
    expect(await gateway.held()).toBe(before[1])
    const { total }: { total: unknown } = JSON.parse(await (await gateway.admin('/spend')).text())
    expect(total).toEqual(JSON.parse(String(before[2])).total)
    expect(gateway.log()).not.toContain(PROMPT)
  })

  it('names what a model would be asked without', async () => {
    const { dropped } = await explain(request({ model: 'openai/gpt-6-luna', top_k: 3, temperature: 0.2 }))
    expect(dropped).toEqual(expect.arrayContaining(['top_k']))
  })

  it('what is left out is said of the API that the request would speak', async () => {
    const tools = [{ type: 'function', function: { name: 'f' } }]
    const body = { model: 'openai/gpt-6-luna', reasoning_effort: 'low', seed: 3 }
    expect((await explain(request(body))).dropped).toEqual([])
    expect((await explain(request({ ...body, tools }))).dropped).toEqual(['seed'])
  })

  it('obeys the rules of a key', async () => {
    const key = await gateway.createKey({
      name: 'no openai',
      models: { deny: ['openai/*'] },
      max_tier: 'standard',
    })
    const { data }: { data: { id: string; name: string }[] } = JSON.parse(
      await (await gateway.admin('/keys')).text(),
    )
    const id = data.find(({ name }) => name === 'no openai')?.id ?? ''
    const explained = await explain(request(), `?key=${id}`)
    const reasons = new Set(explained.candidates.flatMap((one) => one.reasons))
    expect(reasons).toContain('not_allowed')
    expect(reasons).toContain('key_tier')
    expect(explained.route).toBe((await serve(request(), key)).settled?.attempts[0]?.route)
  })

  it('says what a client would be refused with', async () => {
    const body = request({ routing: { max_cost_usd: 0.000000001 } })
    const { refusal, route, candidates } = await explain(body)
    const { status, text } = await serve(body)
    expect([route, refusal?.status, refusal?.code]).toEqual([null, status, 'max_cost_exceeded'])
    expect(text).toContain(JSON.stringify(refusal?.message))
    expect(candidates.every(({ verdict }) => verdict === 'ineligible')).toBe(true)
    expect(candidates.filter(({ reasons }) => reasons.includes('max_cost')).length).toBeGreaterThan(0)
  })

  it.each([
    ['?key=key_nobody', request(), 404, 'There is no key'],
    ['?keys=x', request(), 400, 'is not known here'],
    ['?key=a&key=b', request(), 400, 'must be the id of one key'],
    ['', { model: 'auto' }, 400, 'messages'],
    ['', request({ model: 'gpt-nothing' }), 404, 'does not exist here'],
  ])('%s with %j is refused', async (query, body, status, message) => {
    const response = await gateway.admin(`/explain${query}`, { method: 'POST', body })
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(message)])
  })
})

describe('on the command line', () => {
  it.each([
    ['a gateway', () => ({ FARTHING_URL: gateway.url, FARTHING_ADMIN_KEY: gateway.adminKey })],
    ['the configuration', () => gateway.env],
  ])('asks %s', async (_, env) => {
    const table = await farthing(['explain', '--model', 'auto', '--file', file], env())
    expect(table.exitCode).toBe(0)
    expect(table.stdout).toMatch(/^request +auto, routed at tier standard$/m)
    expect(table.stdout).toMatch(/^chosen +\S+\/\S+, cheapest$/m)
    expect(table.stdout).toMatch(/^ROUTE +TIER +INPUT +CACHED +OUTPUT +EXPECTED USD +WORST USD +VERDICT/m)
    expect(table.stderr).toMatch(/\d+ cannot \(tier \d+\)\. --all lists them/)
    const json = await farthing(['explain', '--file', file, '--json'], env())
    const explained: Explained = JSON.parse(json.stdout)
    expect(explained.route).toMatch(/\//)
    const all = await farthing(['explain', '--file', file, '--all'], env())
    expect(all.stdout.split('\n').length).toBeGreaterThan(explained.candidates.length)
  })

  it('takes a prompt, or the request from standard input', async () => {
    const asked = ['explain', '--model', 'economy']
    expect((await farthing([...asked, '--prompt', 'hello'], gateway.env)).exitCode).toBe(0)
    const piped = await farthing([...asked, '--file', '-', '--json'], gateway.env, JSON.stringify(request()))
    expect(JSON.parse(piped.stdout).requested_model).toBe('economy')
  })

  it('without a key of a provider says so, and can ask as if each had its', async () => {
    const env = { FARTHING_DATA_DIR: gateway.dataDir }
    const refused = await farthing(['explain', '--file', file], env)
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('--all-providers')])
    const asked = await farthing(['explain', '--file', file, '--all-providers'], env)
    expect(asked.exitCode).toBe(0)
  })

  it('asks for one key of the store', async () => {
    const created = await farthing(
      ['keys', 'create', '--name', 'cli', '--deny', 'standard', '--json'],
      gateway.env,
    )
    const { id }: { id: string } = JSON.parse(created.stdout)
    const denied = await farthing(['explain', '--file', file, '--key', id], gateway.env)
    expect([denied.exitCode, denied.stderr]).toEqual([1, expect.stringContaining('may not use')])
    const unknown = await farthing(['explain', '--file', file, '--key', 'key_x'], gateway.env)
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('There is no key')])
  })

  it.each([
    [['explain'], 'give --file or --prompt'],
    [['explain', '--prompt', 'x'], '--prompt needs --model'],
    [['explain', '--prompt', 'x', '--file', 'y'], 'give --file or --prompt'],
  ])('%j is wrong usage', async (args, message) => {
    const { exitCode, stderr } = await farthing(args, gateway.env)
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('a file that is not there, or is no request, is told', async () => {
    const gone = await farthing(['explain', '--file', 'gone.json'], gateway.env)
    expect([gone.exitCode, gone.stderr]).toEqual([1, expect.stringContaining('gone.json')])
    const wrong = await farthing(['explain', '--file', '-'], gateway.env, '{"model": "auto"')
    expect([wrong.exitCode, wrong.stderr]).toEqual([1, expect.stringContaining('not valid JSON')])
  })
})
