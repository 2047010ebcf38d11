// A gateway is killed in the middle of a request, and another takes over: what was spent is in the books, on both stores.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../../src/core/clock.ts'
import type { RequestRecord } from '../../src/core/request-record.ts'
import { openStore } from '../../src/ledger/open-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import { modelsOfCatalog } from '../../src/simulator/catalog-models.ts'
import { type Fleet, startFleet } from '../../src/simulator/fleet.ts'
import { total } from '../contract/store-world.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const ROOT = join(import.meta.dirname, '../..')
const ADMIN_KEY = 'test-admin-key-0123456789'

const DEAF = { onDamaged: () => undefined, onSpent: () => undefined }

let fleet: Fleet
let redis: RedisServer
let directory: string
let children: ChildProcess[]
beforeAll(async () => {
  redis = await startRedis()
  directory = await mkdtemp(join(tmpdir(), 'farthing-crash-'))
  children = []
  const catalog: unknown = parse(await readFile(join(ROOT, 'config/catalog.yaml'), 'utf8'))
  fleet = await startFleet({ models: modelsOfCatalog(catalog), clock: systemClock })
  const shipped: Record<string, object> = parse(await readFile(join(ROOT, 'config/gateway.yaml'), 'utf8'))
  // JSON is YAML. A short lease, so that the test need not wait for a long one.
  const config = {
    ...shipped,
    catalog: join(ROOT, 'config/catalog.yaml'),
    store: { ...shipped['store'], lease_ms: 1_000 },
  }
  await writeFile(join(directory, 'gateway.yaml'), JSON.stringify(config))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const { faults } of Object.values(fleet.providers)) faults.clear()
})
afterAll(async () => {
  await fleet.close()
  await redis.stop()
  await rm(directory, { recursive: true, force: true })
})

interface Gateway {
  readonly process: ChildProcess
  readonly url: string
}

async function startGateway(env: Readonly<Record<string, string>>): Promise<Gateway> {
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...fleet.environment,
      ...env,
      FARTHING_CONFIG: join(directory, 'gateway.yaml'),
      FARTHING_ADMIN_KEY: ADMIN_KEY,
      PORT: '0',
    },
  })
  children.push(child)
  for await (const line of createInterface({ input: child.stdout })) {
    const { url }: { url?: string } = JSON.parse(line)
    if (url === undefined) continue
    child.stdout.resume()
    return { process: child, url }
  }
  throw new Error('the gateway ended before it listened')
}

async function kill({ process: child }: Gateway): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

function post(url: string, key: string, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function chat({ url }: Gateway, key: string): Promise<Response> {
  const messages = [{ role: 'user', content: 'Say hello.' }]
  return post(`${url}/v1/chat/completions`, key, { model: 'standard', messages })
}

async function createKey({ url }: Gateway): Promise<string> {
  const response = await post(`${url}/admin/keys`, ADMIN_KEY, { name: 'test', team: 'blue' })
  const { key }: { key: string } = JSON.parse(await response.text())
  return key
}

/** The next answer of this provider is billed and cannot be read; after it, no provider answers. */
function disturb(provider: string | null): void {
  for (const { provider: id, faults } of Object.values(fleet.providers)) {
    if (id === provider) faults.push({ kind: 'malformed_json' })
    faults.push({ kind: 'hang' }, { kind: 'hang' })
  }
}

/** Until a provider that will never answer has the second attempt. */
async function secondAttempt(): Promise<void> {
  const before = waitingFaults()
  await expect.poll(() => before - waitingFaults(), { timeout: 10_000 }).toBe(2)
}

function waitingFaults(): number {
  return Object.values(fleet.providers).reduce((sum, { faults }) => sum + faults.waiting, 0)
}

async function expiredRequests(store: Store): Promise<readonly RequestRecord[]> {
  return (await store.requests({ outcome: 'expired', limit: 10 })).records
}

describe.each(['embedded', 'redis'])('on the %s store', (kind) => {
  it('both attempts of a request that died in its second are booked, and nothing else is lost', async () => {
    const dataDir = join(directory, kind)
    const env: Readonly<Record<string, string>> = {
      FARTHING_DATA_DIR: dataDir,
      ...(kind === 'redis' ? { REDIS_URL: redis.url } : {}),
    }
    const first = await startGateway(env)
    const key = await createKey(first)
    const whole = await chat(first, key)
    expect(whole.status).toBe(200)
    const redisUrl = kind === 'redis' ? { reveal: () => redis.url } : null
    const store = await openStore({ redisUrl, dataDir, commandTimeoutMs: 5_000 }, DEAF)
    try {
      await expect.poll(async () => (await total(store))?.requests).toBe(1)
      const before = await total(store)

      disturb(whole.headers.get('x-farthing-provider'))
      const dying = chat(first, key).catch(() => null)
      await secondAttempt()
      await kill(first)
      expect(await dying).toBeNull()
      for (const { faults } of Object.values(fleet.providers)) faults.clear()

      const second = await startGateway(env)
      await expect.poll(async () => (await expiredRequests(store)).length, { timeout: 15_000 }).toBe(1)
      const [booked] = await expiredRequests(store)
      expect(booked).toMatchObject({ outcome: 'expired', team: 'blue' })
      expect(booked?.attempts.map(({ outcome, source }) => [outcome, source])).toEqual([
        ['malformed', 'estimated'],
        ['expired', 'estimated'],
      ])
      const cost = booked?.attempts.reduce((sum, attempt) => sum + BigInt(attempt.cost.total), 0n) ?? 0n
      expect(booked?.attempts.every((attempt) => attempt.cost.total > 0)).toBe(true)
      expect(await total(store)).toMatchObject({
        requests: 2,
        attempts: 3,
        cost: (before?.cost ?? 0n) + cost,
        estimated: cost,
      })
      expect(await store.held()).toEqual({ count: 0, amount: 0n })
      // The key works still, and is counted on.
      expect((await chat(second, key)).status).toBe(200)
      const metrics = await (await fetch(`${second.url}/metrics`)).text()
      expect(metrics).toMatch(/farthing_requests_total\{[^}]*outcome="expired"[^}]*\} 1\n/)
      await kill(second)
    } finally {
      await store.close()
    }
  }, 40_000)
})
