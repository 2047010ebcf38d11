// A configuration that is read again takes over as a whole, or not at all, and no request notices.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startGateway, sumMetric, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATIENT = { timeout: 30_000 }

let running: TestGateway | null = null
afterEach(async () => {
  await running?.close()
  running = null
})

async function start(): Promise<TestGateway> {
  running = await startGateway()
  return running
}

async function ask(gateway: TestGateway, changes: object): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: chat(changes),
  })
}

async function modelOf(answer: Response): Promise<string> {
  const { model }: { model: string } = JSON.parse(await answer.text())
  return model
}

interface Reloaded {
  readonly status: number
  readonly body: {
    readonly changed: readonly string[]
    readonly needs_restart: readonly string[]
    readonly error?: { readonly message: string; readonly code: string }
  }
}

async function reload(gateway: TestGateway): Promise<Reloaded> {
  const response = await gateway.admin('/reload', { method: 'POST' })
  return { status: response.status, body: JSON.parse(await response.text()) }
}

async function metricsOf({ url }: TestGateway): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

describe('a new configuration', () => {
  it('takes over again and again under traffic: every request is served, and booked once', async () => {
    const gateway = await start()
    const { fleet } = gateway
    for (const provider of Object.values(fleet.providers))
      provider.setLatency({ firstByteMs: 20, chunkMs: 5 })
    const over = new AbortController()
    const statuses: number[] = []
    const send = async (worker: number): Promise<void> => {
      for (let round = 0; !over.signal.aborted; round++) {
        const stream = (worker + round) % 2 === 0
        const answer = await ask(gateway, { model: worker % 3 === 0 ? 'standard' : 'gpt-4o-mini', stream })
        statuses.push(answer.status)
        const body = await answer.text()
        if (stream) expect(body).toMatch(/data: \[DONE\]\n\n$/)
      }
    }
    const traffic = Promise.all(Array.from({ length: 8 }, (_, worker) => send(worker)))
    const RELOADS = 12
    for (let round = 0; round < RELOADS; round++) {
      const isOdd = round % 2 === 1
      await gateway.configure({
        routing: { aliases: { 'gpt-4o-mini': { tier: isOdd ? 'premium' : 'economy' } } },
        providers: { moonshot: { enabled: isOdd } },
        // New connections are made when this changes, and the old ones end with their requests.
        deadlines: { connect_ms: isOdd ? 4_000 : 5_000 },
      })
      expect(await reload(gateway)).toMatchObject({ status: 200, body: { needs_restart: [] } })
      await sleep(100)
    }
    over.abort()
    await traffic
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(statuses.length).toBeGreaterThan(RELOADS)
    await expect.poll(() => gateway.held(), PATIENT).toBe(0)
    const spend: { total: { requests: number; cost_usd: number } } = JSON.parse(
      await (await gateway.admin('/spend')).text(),
    )
    expect(spend.total.requests).toBe(statuses.length)
    expect(BigInt(Math.round(spend.total.cost_usd * 1e12))).toBe(fleet.books().billedPico)
    const metrics = await metricsOf(gateway)
    expect(metrics).toContain(`farthing_config_reloads_total{outcome="applied"} ${RELOADS}`)
    expect(sumMetric(metrics, 'farthing_requests_total')).toBe(BigInt(statuses.length) * 10n ** 12n)
  })

  it('is for the next request: a stream that has begun ends on the provider that is now off', async () => {
    const gateway = await start()
    gateway.fleet.providers.openai.setLatency({ firstByteMs: 50, chunkMs: 50 })
    const stream = await ask(gateway, { model: 'openai/gpt-6-luna', stream: true })
    await gateway.configure({ providers: { openai: { enabled: false } }, deadlines: { connect_ms: 1_000 } })
    expect((await reload(gateway)).body.changed).toContain('providers.openai')
    expect((await ask(gateway, { model: 'openai/gpt-6-luna' })).status).toBe(400)
    expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/)
    const settled = await gateway.settled(stream.headers.get('x-request-id') ?? '')
    expect([settled.outcome, settled.attempts[0]?.usage_source]).toEqual(['success', 'provider'])
  })

  it('brings new prices, and decisions that were made on the old ones can still be read', async () => {
    const gateway = await start()
    const before = await ask(gateway, { model: 'openai/gpt-6-luna' })
    const first = await gateway.settled(before.headers.get('x-request-id') ?? '')
    const catalog = join(gateway.dataDir, 'catalog.yaml')
    const text = await readFile(join(ROOT, 'config/catalog.yaml'), 'utf8')
    // A nine in front of every price of its output.
    const from = text.indexOf('id: gpt-6-luna')
    const end = text.indexOf('\n  - provider:', from)
    const dearer = text.slice(from, end).replaceAll(/\boutput: /g, 'output: 9')
    await writeFile(catalog, text.slice(0, from) + dearer + text.slice(end))
    const config: Record<string, unknown> = JSON.parse(await readFile(gateway.configFile, 'utf8'))
    await writeFile(gateway.configFile, JSON.stringify({ ...config, catalog }))
    expect(await reload(gateway)).toMatchObject({ status: 200, body: { changed: ['catalog'] } })
    const after = await ask(gateway, { model: 'openai/gpt-6-luna' })
    const second = await gateway.settled(after.headers.get('x-request-id') ?? '')
    expect(second.cost_usd).toBeGreaterThan(first.cost_usd)
    const shown = await gateway.settled(first.id)
    expect(JSON.stringify(shown['decision'])).toContain('openai/gpt-6-luna')
  })

  it('names what it changes, and what waits for a restart', async () => {
    const gateway = await start()
    await gateway.configure({
      server: { host: '127.0.0.2', drain_timeout_ms: 5_000, body_limit: '1MiB' },
      store: { lease_ms: 5_000, when_away: 'refuse' },
      routing: { max_attempts: 2 },
      budgets: { teams: { search: [{ limit_usd: 7, period: 'day' }] } },
    })
    expect((await reload(gateway)).body).toEqual({
      object: 'reload',
      changed: [
        'budgets',
        'routing.max_attempts',
        'server.body_limit',
        'server.drain_timeout_ms',
        'server.host',
        'store.lease_ms',
        'store.when_away',
      ],
      needs_restart: ['server.body_limit', 'server.host', 'store.lease_ms'],
    })
    expect(gateway.log()).toContain('keeps its old value until a restart')
    const budget = await gateway.admin('/budgets/team/search')
    expect(await budget.text()).toContain('"limit_usd":7')
    // What waits is told again, until it is so or taken back.
    expect((await reload(gateway)).body.changed).toEqual([
      'server.body_limit',
      'server.host',
      'store.lease_ms',
    ])
    expect((await ask(gateway, {})).status).toBe(200)
  })
})

describe('a configuration that cannot be used changes nothing, and says why', () => {
  it.each([
    ['nothing', '', /gateway\.yaml: is empty; wanted: the whole configuration/],
    ['comments alone', '# nothing\n---\n', /is empty/],
    ['half a file', 'routing: { default_tier: "prem', /gateway\.yaml:1:\d+: is not YAML/],
    ['a wrong key', 'routing: { default_teir: premium }', /routing\.default_teir: is not a known key/],
    ['two wrong values', 'server: { port: -1 }\nlog: { requests: 7 }', /server\.port: .*log\.requests: /],
    ['no catalogue', 'catalog: gone.yaml', /gone\.yaml, which cannot be read \(ENOENT\)/],
    ['a baseline that is not there', 'routing: { baseline: openai/gpt-0 }', /routing\.baseline: /],
  ])('%s', async (_, text, message) => {
    const gateway = await start()
    const whole = await readFile(gateway.configFile, 'utf8')
    const catalog = JSON.stringify(join(ROOT, 'config/catalog.yaml'))
    const isMapping = text.includes(':') && !text.includes('"prem') && !text.startsWith('catalog')
    await writeFile(gateway.configFile, isMapping ? `catalog: ${catalog}\n${text}\n` : text)
    const { status, body } = await reload(gateway)
    expect([status, body.error?.code]).toEqual([400, 'invalid_request_error'])
    expect(body.error?.message).toMatch(/^Nothing was changed\. /)
    expect(body.error?.message).toMatch(message)
    expect(gateway.log()).toContain('configuration not reloaded: nothing was changed')
    expect(await modelOf(await ask(gateway, { model: 'openai/gpt-6-luna' }))).toBe('gpt-6-luna')
    expect(await metricsOf(gateway)).toContain('farthing_config_last_reload_successful 0')
    await writeFile(gateway.configFile, whole)
    expect(await reload(gateway)).toMatchObject({ status: 200, body: { changed: [] } })
    expect(await metricsOf(gateway)).toContain('farthing_config_last_reload_successful 1')
  })
})

it('SIGHUP reloads the process, and stops it no more', async () => {
  const gateway = await start()
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    cwd: ROOT,
    env: { ...gateway.env, PATH: process.env['PATH'], LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const said: string[] = []
  lines.on('line', (line) => said.push(line))
  const hears = async (text: string): Promise<void> => {
    await expect.poll(() => said.some((line) => line.includes(text)), PATIENT).toBe(true)
  }
  await hears('listening on')
  await gateway.configure({ routing: { default_tier: 'premium' } })
  child.kill('SIGHUP')
  await hears('"changed":["routing.default_tier"]')
  await writeFile(gateway.configFile, '')
  child.kill('SIGHUP')
  await hears('configuration not reloaded: nothing was changed')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
