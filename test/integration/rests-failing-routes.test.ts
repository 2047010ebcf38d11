// A route that keeps failing is left alone, then tried by one request at a time, and taken back when that one succeeds.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

const OPEN_MS = 1_500
const HELLO = [{ role: 'user' as const, content: 'Say hello.' }]

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { circuit: { failures: 3, window_ms: 60_000, open_ms: OPEN_MS } } })
})
afterAll(() => gateway.close())

interface Answer {
  readonly route: string
  readonly attempts: number
}

async function ask(): Promise<Answer> {
  // One provider's models, far apart in price: what is learned meanwhile must not change which of them is the cheapest.
  const body = { model: 'standard', messages: HELLO, routing: { providers: { only: ['deepseek'] } } }
  const { response } = await gateway.client.chat.completions.create(body).withResponse()
  const header = (name: string): string => response.headers.get(`x-farthing-${name}`) ?? ''
  return { route: `${header('provider')}/${header('model')}`, attempts: Number(header('attempts')) }
}

async function circuitOf(model: string): Promise<string> {
  const report: { data: { routes: { id: string; circuit: { state: string; because: string | null } }[] }[] } =
    JSON.parse(await (await gateway.admin('/providers')).text())
  const states = report.data
    .flatMap(({ routes }) => routes)
    .filter(({ id, circuit }) => id.split('@')[0] === model && circuit.state !== 'closed')
    .map(({ circuit }) => `${circuit.state} because ${circuit.because}`)
  return [...new Set(states)].join() || 'closed'
}

function readModel(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'model' in body ? body.model : undefined
}

async function gauge(model: string): Promise<number> {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  const [provider, name] = model.split('/')
  const line = metrics
    .split('\n')
    .find((text) => text.startsWith(`farthing_circuit_open{provider="${provider}",model="${name}"}`))
  return Number(line?.split(' ').at(-1))
}

it('opens, probes with one request, opens again, probes again and closes', async () => {
  const { route: usual } = await ask()
  const provider = Object.values(gateway.fleet.providers).find(({ provider: id }) =>
    usual.startsWith(`${id}/`),
  )
  if (provider === undefined) throw new Error(`nobody provides ${usual}`)
  const model = usual.slice(usual.indexOf('/') + 1)
  const calls = (): number => provider.requests.filter(({ body }) => readModel(body) === model).length
  const broken = { kind: 'server_error', times: 100, model } as const

  // Failures are counted, and each request is served by another route meanwhile, after a second try while it is closed.
  provider.faults.push(broken)
  expect((await ask()).attempts).toBe(3)
  expect(await circuitOf(usual)).toBe('closed')
  expect((await ask()).attempts).toBe(2)
  expect(await circuitOf(usual)).toBe('open because overloaded')
  expect(await gauge(usual)).toBe(1)

  // Open: nobody goes there.
  let before = calls()
  const rested = await ask()
  expect(rested).toMatchObject({ attempts: 1 })
  expect(rested.route).not.toBe(usual)
  expect(calls()).toBe(before)

  // Half-open: of many at once one goes there, finds it broken, and is served elsewhere like all others.
  await new Promise((resolve) => setTimeout(resolve, OPEN_MS + 50))
  expect(await circuitOf(usual)).toBe('half_open because overloaded')
  before = calls()
  const many = await Promise.all(Array.from({ length: 8 }, ask))
  expect(calls()).toBe(before + 1)
  expect(many.filter(({ attempts }) => attempts === 2)).toHaveLength(1)
  expect(many.filter(({ attempts }) => attempts === 1)).toHaveLength(7)
  expect(await circuitOf(usual)).toBe('open because overloaded')

  // Mended: the next probe closes it, and everybody is back.
  provider.faults.clear()
  await new Promise((resolve) => setTimeout(resolve, OPEN_MS + 50))
  expect(await ask()).toEqual({ route: usual, attempts: 1 })
  expect(await circuitOf(usual)).toBe('closed')
  expect(await gauge(usual)).toBe(0)
  expect(await ask()).toEqual({ route: usual, attempts: 1 })
})

it('a pinned model that rests is refused with the reason, and served when it is back', async () => {
  const model = 'openai/gpt-5-mini'
  const { completions } = gateway.client.chat
  const pin = { model, messages: HELLO }
  gateway.fleet.providers.openai.faults.push({ kind: 'server_error', times: 3, model: 'gpt-5-mini' })
  for (let count = 0; count < 2; count++)
    await expect(completions.create(pin)).rejects.toMatchObject({ status: 502, code: 'upstream_error' })
  const before = gateway.fleet.providers.openai.requests.length
  await expect(completions.create(pin)).rejects.toMatchObject({
    status: 502,
    message: expect.stringMatching(/recovering from failures/),
  })
  expect(gateway.fleet.providers.openai.requests.length).toBe(before)
  // It is no fault of the request, and the operator sees it: with what was in the way, and without an attempt.
  const { data }: { data: { id: string }[] } = JSON.parse(await (await gateway.admin('/requests')).text())
  const details = await gateway.settled(data[0]?.id ?? '')
  expect(details).toMatchObject({ outcome: 'upstream_error', status: 502, attempts: [], cost_usd: 0 })
  expect(JSON.stringify(details)).toContain('"route":"openai/gpt-5-mini"')
  expect(JSON.stringify(details)).toContain('circuit_open')
  await new Promise((resolve) => setTimeout(resolve, OPEN_MS + 50))
  expect((await completions.create(pin)).choices).toHaveLength(1)
})
