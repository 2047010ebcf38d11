// A key that is revoked, or whose time has come, is refused by every process within a second: gateways on one Redis, workers of
// one gateway.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat } from '../support/nothing-lost.ts'
import { startRedis } from '../support/redis.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATIENT = { timeout: 90_000 }
const SLOW = { timeout: 240_000 }
/** As it is promised. */
const WITHIN_MS = 1_000
const ASKED = 12

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function statuses(url: string, apiKey: string): Promise<ReadonlySet<number>> {
  const ask = async (): Promise<number> => {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      // Each on a connection of its own: they reach all processes.
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', connection: 'close' },
      body: chat({ model: 'openai/gpt-4o-mini' }),
    })
    await answer.text()
    return answer.status
  }
  return new Set(await Promise.all(Array.from({ length: ASKED }, ask)))
}

async function makeKey(gateway: TestGateway): Promise<{ readonly id: string; readonly key: string }> {
  const answer = await gateway.admin('/keys', { method: 'POST', body: { name: 'short-lived' } })
  return JSON.parse(await answer.text())
}

async function expectGone(gateway: TestGateway, urls: readonly string[]): Promise<void> {
  const { id, key } = await makeKey(gateway)
  for (const url of urls) expect(await statuses(url, key)).toEqual(new Set([200]))
  expect((await gateway.admin(`/keys/${id}`, { method: 'DELETE' })).status).toBe(200)
  await sleep(WITHIN_MS)
  for (const url of urls) expect(await statuses(url, key)).toEqual(new Set([401]))
}

it('by gateways on one Redis', SLOW, async () => {
  const redis = await startRedis()
  closing.push(() => redis.stop())
  const gateways: TestGateway[] = []
  for (let number = 0; number < 2; number++) {
    const env = { REDIS_URL: redis.url }
    const gateway = await startGateway({ env, config: { store: { command_timeout_ms: 30_000 } } })
    gateways.push(gateway)
    closing.push(() => gateway.close())
  }
  const [first] = gateways
  if (first === undefined) throw new Error('no gateway')
  await expectGone(
    first,
    gateways.map(({ url }) => url),
  )
})

it('by workers of one gateway, and by another process on its store', SLOW, async () => {
  const gateway = await startGateway({ config: { server: { workers: 2 } } })
  closing.push(() => gateway.close())
  const { url, child } = await startWorkers(gateway)
  closing.push(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await expectGone(gateway, [url, gateway.url])
})

async function startWorkers({ env }: TestGateway): Promise<{ url: string; child: ChildProcess }> {
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    cwd: ROOT,
    env: { ...env, PATH: process.env['PATH'], LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const urls: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    urls.push(...(/"listening on (\S+)"/.exec(line)?.slice(1) ?? []))
  })
  await expect.poll(() => urls.length, PATIENT).toBe(2)
  return { url: urls[0] ?? '', child }
}
