// What Prometheus sees of requests that went well, elsewhere, wrong or away: each once, in disjoint parts, under labels
// from closed sets.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

interface Row {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

async function scrape(): Promise<readonly Row[]> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return text.split('\n').flatMap((line): Row[] => {
    const [, name, labels = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name === undefined) return []
    const pairs = Array.from(labels.matchAll(/(\w+)="([^"]*)"/g), ([, key = '', word = '']) => [key, word])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

const matches = (row: Row, name: string, labels: Record<string, string>): boolean =>
  row.name === name && Object.entries(labels).every(([key, value]) => row.labels[key] === value)

const sum = (rows: readonly Row[], name: string, labels: Record<string, string> = {}): number =>
  rows.filter((row) => matches(row, name, labels)).reduce((total, { value }) => total + value, 0)

async function ask(key: string, body: object, signal?: AbortSignal): Promise<{ id: string; text: string }> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: chat(body),
    ...(signal === undefined ? {} : { signal }),
  })
  const id = response.headers.get('x-request-id') ?? ''
  return { id, text: await response.text().catch(() => '') }
}

const LUNA = { provider: 'openai', model: 'gpt-6-luna' }
const PINNED = 'openai/gpt-6-luna'

it('counts what happened', async () => {
  const key = await gateway.createKey({ team: 'blue' })
  const openai = gateway.fleet.providers.openai
  const ids: string[] = []
  const settle = async (): Promise<void> => {
    for (const id of ids.splice(0)) await gateway.settled(id)
  }

  // One whole, one streamed, one that fails twice, one that breaks off, one refused by the provider, one by us.
  ids.push((await ask(key, { model: PINNED })).id)
  ids.push((await ask(key, { model: PINNED, stream: true })).id)
  openai.faults.push({ kind: 'die_after_chunks', chunks: 3 })
  ids.push((await ask(key, { model: PINNED, stream: true })).id)
  openai.faults.push({ kind: 'bad_request' })
  ids.push((await ask(key, { model: PINNED })).id)
  openai.faults.push({ kind: 'server_error', times: 2 })
  ids.push((await ask(key, { model: PINNED })).id)
  await ask(key, { model: 'nobody' })
  await settle()
  // One whose client leaves.
  openai.setLatency({ firstByteMs: 300, chunkMs: 0 })
  const leaving = new AbortController()
  const left = ask(key, { model: PINNED }, leaving.signal).catch(() => undefined)
  await expect.poll(async () => sum(await scrape(), 'farthing_in_flight_requests'), { interval: 10 }).toBe(1)
  leaving.abort()
  await left
  await expect
    .poll(async () => sum(await scrape(), 'farthing_requests_total', { outcome: 'client_gone' }))
    .toBe(1)
  openai.setLatency({ firstByteMs: 0, chunkMs: 0 })

  const rows = await scrape()
  expect(sum(rows, 'farthing_in_flight_requests')).toBe(0)
  for (const [outcome, count] of [
    ['success', 2],
    ['stream_interrupted', 1],
    ['upstream_rejected', 1],
    ['upstream_error', 1],
    ['client_gone', 1],
  ] as const)
    expect(sum(rows, 'farthing_requests_total', { ...LUNA, team: 'blue', outcome })).toBe(count)
  const nobody = { provider: 'none', model: 'none', tier: 'none', team: 'blue', outcome: 'model_not_found' }
  expect(sum(rows, 'farthing_requests_total', nobody)).toBe(1)
  expect(sum(rows, 'farthing_requests_total')).toBe(7)

  for (const [outcome, count] of [
    ['success', 2],
    ['interrupted', 1],
    ['bad_request', 1],
    ['overloaded', 2],
    ['client_gone', 1],
  ] as const)
    expect(sum(rows, 'farthing_attempts_total', { ...LUNA, outcome })).toBe(count)
  expect(sum(rows, 'farthing_attempts_total')).toBe(7)

  // Money and tokens, as the ledger has them.
  const spend: {
    total: Record<'cost_usd' | 'baseline_usd' | 'input_tokens' | 'output_tokens' | 'cached_tokens', number>
  } = JSON.parse(await (await gateway.admin('/spend')).text())
  const { total } = spend
  expect(sum(rows, 'farthing_spend_usd_total')).toBeCloseTo(total.cost_usd, 12)
  expect(sum(rows, 'farthing_baseline_usd_total')).toBeCloseTo(total.baseline_usd, 12)
  expect(sum(rows, 'farthing_spend_usd_total', { ...LUNA, source: 'estimated' })).toBeGreaterThan(0)
  const tokens = (type: string): number => sum(rows, 'farthing_tokens_total', { ...LUNA, team: 'blue', type })
  expect(tokens('input') + tokens('cached_input') + tokens('cache_write')).toBe(total.input_tokens)
  expect(tokens('cached_input')).toBe(total.cached_tokens)
  expect(tokens('output') + tokens('reasoning')).toBe(total.output_tokens)

  // Times: of every request that was sent, of the first content of streams alone.
  expect(sum(rows, 'farthing_request_duration_seconds_count')).toBe(6)
  expect(sum(rows, 'farthing_overhead_seconds_count')).toBe(6)
  expect(sum(rows, 'farthing_time_to_first_token_seconds_count', LUNA)).toBe(2)
  const genAi = {
    gen_ai_operation_name: 'chat',
    gen_ai_provider_name: 'openai',
    gen_ai_request_model: 'gpt-6-luna',
  }
  expect(sum(rows, 'gen_ai_client_operation_duration_seconds_count', genAi)).toBe(7)
  expect(
    sum(rows, 'gen_ai_client_operation_duration_seconds_count', { ...genAi, error_type: 'overloaded' }),
  ).toBe(2)
  // Reported counts only.
  expect(sum(rows, 'gen_ai_client_token_usage_count', { ...genAi, gen_ai_token_type: 'output' })).toBe(2)
  // The overhead is the gateway's own: far below what it waited for the client that left.
  expect(sum(rows, 'farthing_overhead_seconds_sum')).toBeLessThan(
    sum(rows, 'farthing_request_duration_seconds_sum'),
  )
})

it('has no more series for names that come from outside', async () => {
  const before = (await scrape()).length
  for (let index = 0; index < 30; index++) {
    await ask(gateway.key, { model: `invented-${index}` })
    await fetch(`${gateway.url}/v1/invented-${index}`)
  }
  const rows = await scrape()
  expect(JSON.stringify(rows)).not.toContain('invented')
  // A kind of refusal that had not occurred for a key without a team.
  expect(rows.length).toBeLessThanOrEqual(before + 2)
})
