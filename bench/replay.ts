// npx node bench/replay.ts: how long `farthing replay` takes over 100,000 logged requests, prices changed and routes chosen anew.
// The requests are a few hundred real ones of a gateway before the simulated providers, written again and again.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runReplay } from '../src/cli/run-replay.ts'
import { loadCatalogFile } from '../src/config/load-catalog-file.ts'
import { loadConfig } from '../src/config/load-config.ts'
import type { RequestRecord } from '../src/core/request-record.ts'
import { createEmbeddedStore } from '../src/ledger/embedded/embedded-store.ts'
import { createRouteList } from '../src/routing/decision.ts'
import { startGateway } from '../test/support/gateway.ts'

const REQUESTS = 100_000
const SAMPLES = 200
const MODELS = ['auto', 'premium', 'frontier', 'gpt-4o', 'openai/gpt-6-luna', 'standard']
const DAYS_30_MS = 30 * 86_400_000

const samples = await makeSamples()
const folder = mkdtempSync(join(tmpdir(), 'farthing-replay-'))
await fill(folder)
const catalog = join(folder, 'catalog.yaml')
const shipped = await readFile('config/catalog.yaml', 'utf8')
// Every second price of output doubled, so that much of what was sent would go elsewhere.
let prices = 0
writeFileSync(
  catalog,
  shipped.replaceAll(/\boutput: ([\d.]+)/g, (written, price) =>
    prices++ % 2 === 0 ? written : `output: ${Math.round(Number(price) * 2e6) / 1e6}`,
  ),
)
const startedAt = performance.now()
const before = process.cpuUsage()
const { requests, difference_percent: percent } = await runReplay(
  { env: { FARTHING_DATA_DIR: folder }, err: () => undefined, isWatched: false },
  { from: undefined, to: undefined, catalogFile: catalog, configFile: undefined, switchedOn: [] },
)
const { user, system } = process.cpuUsage(before)
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
process.stdout.write(
  `${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of CPU, for ${requests.compared} requests: ` +
    `${requests.moved} moved, ${percent?.toFixed(1)} % dearer\n`,
)
rmSync(folder, { recursive: true })

async function makeSamples(): Promise<readonly RequestRecord[]> {
  const gateway = await startGateway()
  for (let index = 0; index < SAMPLES; index++) {
    const content = `Question ${index}: ${'what do you think of it? '.repeat(1 + (index % 40))}`
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODELS[index % MODELS.length], messages: [{ role: 'user', content }] }),
    })
    await answer.text()
    await gateway.settled(answer.headers.get('x-request-id') ?? '')
  }
  const store = createEmbeddedStore({ directory: gateway.dataDir })
  const { records } = await store.requests({ limit: SAMPLES })
  await store.close()
  await gateway.close()
  return records
}

async function fill(directory: string): Promise<void> {
  const store = createEmbeddedStore({ directory })
  const routes = createRouteList(loadCatalogFile(loadConfig({ file: 'config/gateway.yaml', env: {} })))
  await store.putRoutes(routes.version, routes.ids)
  const nowMs = Date.now()
  let waiting: Promise<unknown>[] = []
  for (let index = 0; index < REQUESTS; index++) {
    const sample = samples[index % samples.length]
    if (sample === undefined) throw new Error('no request was served')
    const shiftMs = nowMs - sample.endedAtMs - Math.floor((index / REQUESTS) * DAYS_30_MS)
    const requestId = `req_replay_${index}`
    waiting.push(
      store.settle({
        ...sample,
        requestId,
        startedAtMs: sample.startedAtMs + shiftMs,
        endedAtMs: sample.endedAtMs + shiftMs,
        attempts: sample.attempts.map((attempt, number) => ({
          ...attempt,
          attemptId: `${requestId}.${number + 1}`,
          startedAtMs: attempt.startedAtMs + shiftMs,
        })),
      }),
    )
    if (waiting.length === 1_000) {
      await Promise.all(waiting)
      waiting = []
    }
  }
  await Promise.all(waiting)
  await store.close()
}
