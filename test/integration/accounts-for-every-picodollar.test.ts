// Ledger, metrics, what clients were told and the providers' own books are one and the same sum, over a mixed load.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, sumMetric, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const MODELS = [
  'economy',
  'standard',
  'premium',
  'frontier',
  'gpt-4o',
  'deepseek/deepseek-v4-pro',
  'moonshot/kimi-k2.6',
  'openai/gpt-5.4-nano',
  'anthropic/claude-sonnet-5-5',
  'alibaba/qwen3.8-max',
]

it('agree to the picodollar', async () => {
  const key = await gateway.createKey({ team: 'blue', project: 'ledger', tags: { feature: 'test' } })
  let told = 0n
  const ids: string[] = []
  const send = async (index: number): Promise<void> => {
    const isStream = index % 3 === 0
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'x-farthing-tags': `batch=${index % 2}`,
      },
      body: JSON.stringify({
        model: MODELS[index % MODELS.length],
        messages: [
          { role: 'user', content: `${'Count to ten. '.repeat(1 + (index % 7) * 40)} (${index % 5})` },
        ],
        ...(isStream ? { stream: true, stream_options: { include_usage: true } } : {}),
      }),
    })
    expect(response.status).toBe(200)
    const text = await response.text()
    const last = isStream ? (text.trim().split('\n\n').at(-2)?.slice('data: '.length) ?? '') : text
    const { usage }: { usage: { cost: number } } = JSON.parse(last)
    told += BigInt(Math.round(usage.cost * 1e12))
    ids.push(response.headers.get('x-request-id') ?? '')
  }
  for (let start = 0; start < 120; start += 12)
    await Promise.all(Array.from({ length: 12 }, (_, offset) => send(start + offset)))
  for (const id of ids) await gateway.settled(id)

  const books = gateway.fleet.books()
  const report: {
    total: { requests: number; attempts: number; cost_usd: number }
    rows: { cost_usd: number }[]
  } = JSON.parse(await (await gateway.admin('/spend?group_by=provider,model,tag:batch')).text())
  const ledger = report.rows.reduce((sum, row) => sum + BigInt(Math.round(row.cost_usd * 1e12)), 0n)
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(ids.length).toBe(120)
  expect(report.total).toMatchObject({ requests: 120, attempts: 120 })
  expect(books.requests).toBe(120)
  expect(told).toBe(books.billedPico)
  expect(ledger).toBe(books.billedPico)
  expect(sumMetric(metrics, 'farthing_spend_usd_total')).toBe(books.billedPico)
  expect(sumMetric(metrics, 'farthing_requests_total')).toBe(120n * 10n ** 12n)
})
