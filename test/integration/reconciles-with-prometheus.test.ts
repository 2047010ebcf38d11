// farthing reconcile --prometheus, with a real Prometheus that scrapes a real gateway.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { sampleRecord } from '../contract/record-samples.ts'
import { farthing } from '../support/farthing.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type Prometheus, startPrometheus } from '../support/prometheus.ts'

let gateway: TestGateway
let prometheus: Prometheus

beforeAll(async () => {
  gateway = await startGateway({ clock: systemClock })
  prometheus = await startPrometheus(new URL(gateway.url).host)
}, 180_000)

afterAll(async () => {
  await prometheus.stop()
  await gateway.close()
})

async function send(model: string): Promise<void> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 20, messages: [{ role: 'user', content: 'Say hello.' }] }),
  })
  expect(answer.status).toBe(200)
  await answer.text()
}

async function spent(): Promise<number> {
  const answer = await gateway.admin('/spend')
  const { total }: { total: { cost_usd: number } } = JSON.parse(await answer.text())
  return total.cost_usd
}

interface Report {
  readonly agrees: boolean
  readonly checks: readonly { check: string; ledger_usd: number; other_usd: number }[]
  readonly differences: readonly { check: string; cause: string; difference_usd: number }[]
}

async function reconcile(): Promise<{ exitCode: number | null; report: Report }> {
  const from = String(Math.floor(Date.now() / 1000) - 7_200)
  const args = ['reconcile', '--from', from, '--prometheus', prometheus.url, '--json']
  const { exitCode, stdout, stderr } = await farthing(args, {
    FARTHING_URL: gateway.url,
    FARTHING_ADMIN_KEY: gateway.adminKey,
  })
  expect(stderr).not.toContain('rror')
  return { exitCode, report: JSON.parse(stdout) }
}

it('agrees to the picodollar, and tells of spend that only one of them knows', async () => {
  for (const model of ['openai/gpt-6-luna', 'deepseek/deepseek-flash', 'openai/gpt-6-luna']) await send(model)
  const ledger = await spent()
  expect(ledger).toBeGreaterThan(0)
  await expect
    .poll(async () => (await prometheus.query('sum(farthing_spend_usd_total)'))[0]?.value ?? 0, {
      timeout: 50_000,
    })
    .toBeCloseTo(ledger, 11)
  const { exitCode, report } = await reconcile()
  expect(exitCode).toBe(0)
  expect(report.differences.filter(({ cause }) => cause !== 'rounding')).toEqual([])
  const [held] = report.checks.filter(({ check }) => check === 'prometheus')
  expect(held?.ledger_usd).toBe(ledger)
  expect(held?.other_usd).toBeCloseTo(ledger, 11)

  const store = createEmbeddedStore({ directory: gateway.dataDir })
  const nowMs = Date.now()
  await store.settle(
    sampleRecord({
      startedAtMs: nowMs,
      endedAtMs: nowMs,
      attempts: [{ cost: 1_000_000_000_000, startedAtMs: nowMs, endedAtMs: nowMs }],
    }),
  )
  await store.close()
  const other = await reconcile()
  expect(other.exitCode).toBe(3)
  expect(other.report.differences).toContainEqual(
    expect.objectContaining({ check: 'prometheus', cause: 'not_counted', difference_usd: -1 }),
  )
}, 180_000)

it.each([
  ['ftp://example.com', '--prometheus takes an address such as http://127.0.0.1:9090', 2],
  ['the gateway', 'answered 404', 1],
])('%s is no Prometheus', async (address, told, expected) => {
  const url = address === 'the gateway' ? gateway.url : address
  const { exitCode, stderr } = await farthing(['reconcile', '--prometheus', url], {
    FARTHING_URL: gateway.url,
    FARTHING_ADMIN_KEY: gateway.adminKey,
  })
  expect(stderr).toContain(told)
  expect(exitCode).toBe(expected)
})
