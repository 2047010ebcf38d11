// Every query of every panel, run against a real Prometheus that scrapes a real gateway under load, has data; the sums of
// the spend dashboard are those of the ledger.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { atPresent, type Panel, readDashboards } from '../support/dashboards.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'
import { type Prometheus, promtool, type Sample, startPrometheus } from '../support/prometheus.ts'

let gateway: TestGateway
let prometheus: Prometheus
let sent = 0

const RANGE = { range: '10m', rateInterval: '5m' }
const PATIENT = { timeout: 30_000, interval: 250 }

beforeAll(async () => {
  gateway = await startGateway()
  prometheus = await startPrometheus(new URL(gateway.url).host)
  const keys = await Promise.all(
    ['blue', 'green'].map(async (team) => gateway.createKey({ name: team, team })),
  )
  await setBudget()
  // Rates need two scrapes between which something happened.
  for (let round = 0; round < 2; round++) {
    for (const key of keys) await sendMix(key)
    await shows(COUNTED, (count) => count === sent)
  }
  await shows(RECORDED, (rate) => rate > 0)
  // Requests are counted when they end, and booked right after.
  await shows('max(farthing_holds)', (holds) => holds === 0)
})

afterAll(async () => {
  await prometheus?.stop()
  await gateway?.close()
})

const COUNTED = 'sum(farthing_requests_total)'
/** An average over what a recording rule wrote: it needs two evaluations. */
const RECORDED = 'sum(count_over_time(farthing:spend_usd:rate5m[1m]) > 1) * sum(farthing:spend_usd:rate5m)'

async function shows(expr: string, isThere: (value: number) => boolean): Promise<void> {
  await vi.waitFor(async () => {
    const value = (await prometheus.query(expr))[0]?.value ?? Number.NaN
    if (!isThere(value)) throw new Error(`${expr} is ${value}`)
  }, PATIENT)
}

const LIMIT_USD = 50

async function setBudget(): Promise<void> {
  const body = { limit_usd: LIMIT_USD, period: 'month' }
  const response = await gateway.admin('/budgets/team/blue', { method: 'PUT', body })
  expect({ status: response.status, body: await response.json() }).toMatchObject({ status: 200 })
}

/** Something of everything: tiers, pins, streams, cached prompts, clients that leave, failures, refusals. */
async function sendMix(key: string): Promise<void> {
  const { openai } = gateway.fleet.providers
  const long = 'A sentence that is the same each time. '.repeat(400)
  const guided = {
    messages: [
      { role: 'system', content: long },
      { role: 'user', content: 'Go on.' },
    ],
  }
  for (const model of ['economy', 'standard', 'premium', 'frontier', 'gpt-4o'])
    await ask(key, { model, max_tokens: 200 })
  for (let turn = 0; turn < 2; turn++) await ask(key, { model: 'openai/gpt-6-luna', ...guided })
  await ask(key, { model: 'standard', stream: true })
  openai.faults.push({ kind: 'die_after_chunks', chunks: 3 })
  await ask(key, { model: 'openai/gpt-6-luna', stream: true })
  openai.faults.push({ kind: 'bad_request' })
  await ask(key, { model: 'openai/gpt-6-luna' })
  for (const provider of Object.values(gateway.fleet.providers))
    provider.faults.push({ kind: 'overloaded', times: 1 })
  await ask(key, { model: 'standard' })
  for (const provider of Object.values(gateway.fleet.providers)) provider.faults.clear()
  await ask(key, { model: 'nobody' })
}

async function ask(key: string, body: object): Promise<void> {
  sent++
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: chat(body),
  })
  // Broken off where that was asked for.
  await response.arrayBuffer().catch(() => undefined)
}

interface Totals {
  readonly cost_usd: number
  readonly baseline_usd: number
  readonly estimated_usd: number
}

async function ledger(): Promise<{ rows: Record<string, string | number>[]; total: Totals }> {
  const response = await gateway.admin('/spend?group_by=provider,model,tier,team')
  return JSON.parse(await response.text())
}

const dashboards = readDashboards()
const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.map((panel) => ({ ...panel, name: `${dashboard.title}: ${panel.title}` })),
)

function panelOf(title: string): Panel {
  const panel = panels.find((one) => one.title === title)
  if (panel === undefined) throw new Error(`no panel is called ${title}`)
  return panel
}

async function show(title: string): Promise<readonly Sample[]> {
  return prometheus.query(atPresent(panelOf(title).targets[0]?.expr ?? '', RANGE))
}

async function shownValue(title: string): Promise<number> {
  return (await show(title))[0]?.value ?? Number.NaN
}

function rowName(of: Readonly<Record<string, unknown>>): string {
  return ['provider', 'model', 'tier', 'team'].map((label) => of[label]).join(' ')
}

/** A sum of doubles is right to a picodollar here; nothing closer can be told. */
const PICODOLLAR_DIGITS = 12

describe('the dashboards', () => {
  it('have data in every query of every panel', async () => {
    const empty: string[] = []
    for (const { name, targets } of panels) {
      for (const { expr } of targets) {
        const samples = await prometheus.query(atPresent(expr, RANGE))
        if (!samples.some(({ value }) => Number.isFinite(value))) empty.push(name)
      }
    }
    expect(empty).toEqual([])
    process.stdout.write(`${panels.length} of ${panels.length} panels have data\n`)
  })

  it('are empty, and no error, where a variable matches nothing', async () => {
    for (const { targets } of panels) {
      for (const { expr } of targets)
        await prometheus.query(atPresent(expr, { ...RANGE, variable: 'nobody \\\\(at all' }))
    }
    const spend = panelOf('Spend').targets[0]?.expr ?? ''
    expect(await prometheus.query(atPresent(spend, { ...RANGE, variable: 'nobody' }))).toEqual([])
  })
})

describe('the spend dashboard agrees with the ledger', () => {
  it('in its totals', async () => {
    const { total } = await ledger()
    expect(total.cost_usd).toBeGreaterThan(0)
    expect(await shownValue('Spend')).toBeCloseTo(total.cost_usd, PICODOLLAR_DIGITS)
    expect(await shownValue('Month to date')).toBeCloseTo(total.cost_usd, PICODOLLAR_DIGITS)
    expect(await shownValue('Saved')).toBeCloseTo(total.baseline_usd - total.cost_usd, PICODOLLAR_DIGITS)
    expect(await shownValue('Saved share')).toBeCloseTo(1 - total.cost_usd / total.baseline_usd, 9)
    expect(await shownValue('Estimated share of spend')).toBeCloseTo(total.estimated_usd / total.cost_usd, 9)
    expect(await shownValue('Requests')).toBe(sent)
    expect(await shownValue('Price per 1,000 requests')).toBeCloseTo((total.cost_usd / sent) * 1000, 9)
  })

  it('in what a budget has spent', async () => {
    const { rows } = await ledger()
    const blue = rows.filter(({ team }) => team === 'blue').map(({ cost_usd }) => Number(cost_usd))
    const spent = blue.reduce((sum, cost) => sum + cost, 0)
    expect(spent).toBeGreaterThan(0)
    await expect
      .poll(async () => (await show('Budgets used'))[0]?.value, PATIENT)
      .toBeCloseTo(spent / LIMIT_USD, PICODOLLAR_DIGITS)
    const [used] = await show('Budgets used')
    expect(used?.metric).toMatchObject({ scope: 'team', name: 'blue', period: 'month' })
    expect((await show('Monthly budgets: spent and limit'))[0]?.value).toBeCloseTo(spent, PICODOLLAR_DIGITS)
  })

  it('row by row, by provider, model, tier and team', async () => {
    const { rows } = await ledger()
    const shown = new Map(
      (await show('Spend by provider, model, tier and team')).map(({ metric, value }) => [
        rowName(metric),
        value,
      ]),
    )
    expect(rows.length).toBeGreaterThan(5)
    const billed = rows.filter(({ cost_usd }) => cost_usd !== 0)
    for (const row of billed)
      expect(shown.get(rowName(row))).toBeCloseTo(Number(row['cost_usd']), PICODOLLAR_DIGITS)
    expect([...shown].filter(([, value]) => value !== 0).length).toBe(billed.length)
  })
})

it('/metrics is what promtool takes', async () => {
  const { status, output } = promtool(['check', 'metrics'], await metricsText())
  expect({ status, output }).toEqual({ status: 0, output: '' })
})

async function metricsText(): Promise<string> {
  return (await fetch(`${gateway.url}/metrics`)).text()
}
