// npx node bench/first-picture.ts: seconds from `npm start` to the first useful picture, which is the totals and the charts of
// the page, in a browser that is open already. The ledger has some requests of a run before.
//   --runs 3

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Browser } from 'playwright-core'
import { parse } from 'yaml'
import { systemClock } from '../src/core/clock.ts'
import { modelsOfCatalog } from '../src/simulator/catalog-models.ts'
import { startFleet } from '../src/simulator/fleet.ts'
import { openPage, signIn, startChromium } from '../test/support/chromium.ts'

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '3' } } })

const ADMIN_KEY = 'an-admin-key-to-measure-with'
const WAIT_MS = 60_000

interface Server {
  readonly url: string
  readonly startedAt: number
  stop(): Promise<void>
}

async function start(environment: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn('npm', ['start', '--silent'], {
    env: {
      ...process.env,
      ...environment,
      PORT: String(port),
      FARTHING_ADMIN_KEY: ADMIN_KEY,
      LOG_LEVEL: 'silent',
    },
    stdio: 'ignore',
    // npm and the gateway under it are ended together.
    detached: true,
  })
  const ended = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const isUp = async (): Promise<boolean> => {
    const answer = await fetch(`${url}/healthz`).catch(() => null)
    return answer?.ok === true
  }
  while (!(await isUp())) {
    if (performance.now() - startedAt > WAIT_MS || child.exitCode !== null)
      throw new Error('npm start did not serve')
    await delay(10)
  }
  return {
    url,
    startedAt,
    async stop() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

/** A few requests of a key of its own. */
async function fill({ url }: Server): Promise<void> {
  const body = JSON.stringify({ name: 'first picture', team: 'demo' })
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const answered = await fetch(`${url}/admin/keys`, { method: 'POST', headers, body })
  const created: { key: string } = JSON.parse(await answered.text())
  for (const model of ['standard', 'premium', 'gpt-4o', 'openai/gpt-6-luna']) {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${created.key}` },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'What is a farthing?' }] }),
    })
    await answer.arrayBuffer()
  }
}

async function takePicture({ url }: Server, browser: Browser): Promise<void> {
  const { page } = await openPage(browser, url)
  await signIn(page, ADMIN_KEY)
  await page.locator('.totals').waitFor()
  await page.locator('.chart canvas').nth(1).waitFor()
  await page.screenshot()
  await page.context().close()
}

const catalog: unknown = parse(await readFile('config/catalog.yaml', 'utf8'))
const fleet = await startFleet({ models: modelsOfCatalog(catalog), clock: systemClock })
const dataDir = await mkdtemp(join(tmpdir(), 'farthing-picture-'))
const environment = { ...fleet.environment, FARTHING_DATA_DIR: dataDir }
const browser = await startChromium()
try {
  const first = await start(environment)
  await fill(first)
  await first.stop()
  const seconds: number[] = []
  for (let run = 0; run < Number(options.runs); run++) {
    const server = await start(environment)
    const serves = (performance.now() - server.startedAt) / 1000
    await takePicture(server, browser)
    const picture = (performance.now() - server.startedAt) / 1000
    seconds.push(picture)
    process.stdout.write(
      `serves after ${serves.toFixed(2)} s, first useful picture after ${picture.toFixed(2)} s\n`,
    )
    await server.stop()
  }
  const median = seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? Number.NaN
  process.stdout.write(
    `npm start to the first useful picture: ${median.toFixed(2)} s, median of ${seconds.length}\n`,
  )
} finally {
  await browser.close()
  await fleet.close()
  await rm(dataDir, { recursive: true, force: true })
}
