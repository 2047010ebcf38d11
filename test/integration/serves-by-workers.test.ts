// Several processes on one port: served by all of them, told in one scrape, reloaded and stopped together, replaced when one dies.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, expect, it } from 'vitest'
import { startGateway, sumMetric, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATIENT = { timeout: 90_000 }
/** Each process takes a second of a free core to start, and a busy machine has none. */
const SLOW = { timeout: 240_000 }
const WORKERS = 3

let fixture: TestGateway | null = null
let child: ChildProcess | null = null
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await fixture?.close()
})

interface Running {
  readonly gateway: TestGateway
  readonly url: string
  readonly process: ChildProcess
  readonly said: readonly string[]
}

/** Beside a gateway of one process that lends its providers, its store, its configuration and its key. */
async function start(): Promise<Running> {
  const gateway = await startGateway({ config: { server: { workers: WORKERS } } })
  fixture = gateway
  const started = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    cwd: ROOT,
    env: { ...gateway.env, PATH: process.env['PATH'], LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child = started
  const said: string[] = []
  createInterface(started.stdout).on('line', (line) => said.push(line))
  const listening = () => said.flatMap((line) => /"listening on (\S+)"/.exec(line)?.[1] ?? [])
  await expect.poll(() => listening().length, PATIENT).toBe(WORKERS)
  expect(new Set(listening()).size).toBe(1)
  return { gateway, url: listening()[0] ?? '', process: started, said }
}

async function ask({ gateway, url }: Running, model: string, stream = false): Promise<number> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.key}`,
      'content-type': 'application/json',
      connection: 'close',
    },
    body: chat({ model, stream }),
  })
  await answer.text()
  return answer.status
}

async function scrape({ url }: Running): Promise<string> {
  const answer = await fetch(`${url}/metrics`, { headers: { connection: 'close' } })
  if (answer.status !== 200) throw new Error(await answer.text())
  return answer.text()
}

function childrenOf(pid: number | undefined): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
}

const count = (text: string, name: string): number => Number(sumMetric(text, name) / 10n ** 12n)

it(
  'one scrape gives the whole, whichever process answers, and still after one of them died',
  SLOW,
  async () => {
    const running = await start()
    const REQUESTS = 24
    const statuses = await Promise.all(
      Array.from({ length: REQUESTS }, () => ask(running, 'openai/gpt-6-luna')),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    await expect
      .poll(async () => count(await scrape(running), 'farthing_requests_total'), PATIENT)
      .toBe(REQUESTS)
    const scrapes = await Promise.all(Array.from({ length: 6 }, () => scrape(running)))
    for (const text of scrapes) {
      expect(count(text, 'farthing_requests_total')).toBe(REQUESTS)
      expect(text).toContain(`farthing_request_duration_seconds_count ${REQUESTS}`)
      expect(text).toMatch(/^farthing_store_up 1$/m)
      expect(text).toMatch(/^farthing_provider_on\{provider="openai"\} 1$/m)
    }
    const [first] = scrapes
    expect(sumMetric(first ?? '', 'farthing_spend_usd_total')).toBe(running.gateway.fleet.books().billedPico)
    expect(sumMetric(first ?? '', 'farthing_tokens_total')).toBeGreaterThan(0n)

    const [victim] = childrenOf(running.process.pid)
    process.kill(victim ?? 0, 'SIGKILL')
    await expect
      .poll(() => running.said.filter((line) => line.includes('listening on')).length, PATIENT)
      .toBe(WORKERS + 1)
    expect(running.said.some((line) => line.includes('a worker ended, and another is started'))).toBe(true)
    expect(childrenOf(running.process.pid).length).toBe(WORKERS)
    expect(await ask(running, 'openai/gpt-6-luna')).toBe(200)
    // What it had counted is not lost.
    await expect
      .poll(async () => count(await scrape(running), 'farthing_requests_total'), PATIENT)
      .toBe(REQUESTS + 1)
  },
)

it('a reload that one is asked for, or a signal, reaches all of them', SLOW, async () => {
  const running = await start()
  const reloaded = () => running.said.filter((line) => line.includes('"configuration reloaded"')).length
  await running.gateway.configure({ server: { workers: WORKERS }, routing: { default_tier: 'premium' } })
  const answer = await fetch(`${running.url}/admin/reload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.gateway.adminKey}` },
  })
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('routing.default_tier')])
  await expect.poll(reloaded, PATIENT).toBe(WORKERS)
  expect(await scrape(running)).toContain('farthing_config_reloads_total{outcome="applied"} 1')
  await running.gateway.configure({ server: { workers: WORKERS }, routing: { default_tier: 'economy' } })
  running.process.kill('SIGHUP')
  await expect.poll(reloaded, PATIENT).toBe(2 * WORKERS)
})

it('they stop together, and finish what is under way', SLOW, async () => {
  const running = await start()
  running.gateway.fleet.providers.openai.setLatency({ firstByteMs: 300, chunkMs: 30 })
  const streams = Array.from({ length: 6 }, () => ask(running, 'openai/gpt-6-luna', true))
  await expect.poll(async () => count(await scrape(running), 'farthing_in_flight_requests'), PATIENT).toBe(6)
  running.process.kill('SIGTERM')
  expect(await Promise.all(streams)).toEqual(Array.from({ length: 6 }, () => 200))
  expect(await once(running.process, 'exit')).toEqual([0, null])
  await expect(fetch(`${running.url}/healthz`)).rejects.toThrow('fetch failed')
})

it('a configuration that cannot be used ends all of it, once, with 78', SLOW, async () => {
  const gateway = await startGateway({ config: { server: { workers: WORKERS } } })
  fixture = gateway
  await gateway.configure({ server: { workers: WORKERS }, routing: { baseline: 'openai/gpt-0' } })
  const started = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    cwd: ROOT,
    env: { ...gateway.env, PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child = started
  let said = ''
  started.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()))
  expect(await once(started, 'exit')).toEqual([78, null])
  expect(said.trim().split('\n').length).toBe(1)
  expect(said).toContain('routing.baseline')
})
