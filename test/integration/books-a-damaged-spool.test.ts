// A gateway is killed while its store is away, and its spool is damaged before the next one starts: every line that is whole
// is booked once, the rest is set aside and told, and what was sent is in the books all the same.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { parse } from 'yaml'
import { systemClock } from '../../src/core/clock.ts'
import { type RequestRecord, requestCost } from '../../src/core/request-record.ts'
import { readCheckedLine } from '../../src/ledger/checked-lines.ts'
import { openStore } from '../../src/ledger/open-store.ts'
import { parseSpoolDocument } from '../../src/ledger/spool-documents.ts'
import type { Store } from '../../src/ledger/store.ts'
import { modelsOfCatalog } from '../../src/simulator/catalog-models.ts'
import { type Fleet, startFleet } from '../../src/simulator/fleet.ts'
import { total } from '../contract/store-world.ts'
import { sumMetric } from '../support/gateway.ts'
import { createGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const ADMIN_KEY = 'test-admin-key-0123456789'
const AWAY = 5
const LINE_FEED = 0x0a

let directory: string
let fleet: Fleet
let redis: RedisServer
let gateway: GatewayProcess
let store: Store
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-damaged-'))
  fleet = await startFleet({
    models: modelsOfCatalog(parse(await readFile('config/catalog.yaml', 'utf8'))),
    clock: systemClock,
  })
  const shipped: Record<string, object> = parse(await readFile('config/gateway.yaml', 'utf8'))
  // JSON is YAML. A short lease, so that the test need not wait for a long one.
  const config = {
    ...shipped,
    catalog: resolve('config/catalog.yaml'),
    store: { ...shipped['store'], lease_ms: 1_000, when_away: 'continue' },
    // What is booked out of the spool passes it.
    budgets: { org: [{ limit_usd: 0.000_001, period: 'total', hard: false, alert_at: [1] }] },
  }
  await writeFile(join(directory, 'gateway.yaml'), JSON.stringify(config))
})
afterEach(async () => {
  await gateway.end('SIGKILL')
  await store.close()
  await redis.stop()
})
afterAll(async () => {
  await fleet.close()
  await rm(directory, { recursive: true, force: true })
})

async function start(name: string): Promise<string> {
  redis = await startRedis()
  const dataDir = join(directory, name)
  gateway = createGatewayProcess({
    name,
    logFile: logFile(name),
    env: {
      PATH: process.env['PATH'] ?? '',
      ...fleet.environment,
      REDIS_URL: redis.url,
      FARTHING_DATA_DIR: dataDir,
      FARTHING_CONFIG: join(directory, 'gateway.yaml'),
      FARTHING_ADMIN_KEY: ADMIN_KEY,
      PORT: '0',
    },
  })
  await gateway.start()
  const redisUrl = { reveal: () => redis.url }
  const deaf = { onDamaged: () => undefined, onSpent: () => undefined }
  store = await openStore({ redisUrl, dataDir, commandTimeoutMs: 5_000 }, deaf)
  return dataDir
}

const logFile = (name: string): string => join(directory, `${name}.log`)

async function post(path: string, key: string, body: object): Promise<string> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  expect([response.ok, text]).toEqual([true, text])
  return text
}

function chat(key: string): Promise<string> {
  const messages = [{ role: 'user', content: 'Say hello.' }]
  return post('/v1/chat/completions', key, { model: 'standard', messages })
}

/** The only spool of the folder: what a gateway wrote that was killed while its store was away. */
async function writeSpool(dataDir: string): Promise<string> {
  const { key }: { key: string } = JSON.parse(await post('/admin/keys', ADMIN_KEY, { name: 'test' }))
  // The key is known from now on.
  await chat(key)
  await expect.poll(async () => (await total(store))?.requests).toBe(1)
  await redis.cut()
  for (let sent = 0; sent < AWAY; sent++) await chat(key)
  const pending = async (): Promise<bigint> =>
    sumMetric(await (await fetch(`${gateway.url}/metrics`)).text(), 'farthing_spool_pending')
  // What was held and what was settled.
  await expect.poll(pending, { timeout: 20_000 }).toBe(BigInt(2 * AWAY) * 1_000_000_000_000n)
  await gateway.end('SIGKILL')
  const [path = '', ...others] = (await readdir(dataDir)).filter((name) => /^spool-.*\.jsonl$/.test(name))
  expect(others).toEqual([])
  return join(dataDir, path)
}

function readEnd(line: string): RequestRecord | null {
  const text = readCheckedLine(line)
  const document = text === null ? null : parseSpoolDocument(text)
  return document?.kind === 'end' ? document.record : null
}

function readEnds(spool: Buffer): readonly RequestRecord[] {
  const lines = spool.toString().split('\n')
  return lines.flatMap((line) => readEnd(line) ?? [])
}

interface Damage {
  readonly spool: Buffer
  /** As it has to stand beside the spool. */
  readonly line: Buffer
}

/** In the middle of an end that others stand behind. */
function flipBit(spool: Buffer): Damage {
  const line =
    spool
      .toString()
      .split('\n')
      .find((one) => readEnd(one) !== null) ?? ''
  const from = spool.indexOf(line)
  const to = spool.indexOf(LINE_FEED, from)
  const flipped = Buffer.from(spool)
  const middle = (from + to) >> 1
  // Above ASCII: no text any more, and it has to be set aside as it is.
  flipped[middle] = (flipped[middle] ?? 0) ^ 0x80
  return { spool: flipped, line: flipped.subarray(from, to) }
}

function truncate(spool: Buffer): Damage {
  const from = spool.lastIndexOf(LINE_FEED, spool.length - 2) + 1
  const cut = spool.subarray(0, (from + spool.length) >> 1)
  return { spool: cut, line: cut.subarray(from) }
}

it.each([
  ['one bit flipped', flipBit],
  ['its end cut off', truncate],
] as const)('a spool with %s', async (how, damage) => {
  const name = how.replaceAll(' ', '-')
  const billedBefore = fleet.books().billedPico
  const dataDir = await start(name)
  const path = await writeSpool(dataDir)
  const whole = await readFile(path)
  const ends = readEnds(whole)
  expect(ends).toHaveLength(AWAY)
  const damaged = damage(whole)
  await writeFile(path, damaged.spool)
  const good = readEnds(damaged.spool)
  expect(good).toHaveLength(AWAY - 1)

  await redis.resume()
  await gateway.start()
  // The request whose end is lost had been sent: the sweep books it from its hold.
  await expect
    .poll(async () => (await store.requests({ outcome: 'expired', limit: 10 })).records.length, {
      timeout: 30_000,
    })
    .toBe(1)
  expect(await total(store)).toMatchObject({ requests: 1 + AWAY })
  for (const record of good) expect(await store.request(record.requestId)).toEqual(record)
  expect(await store.held()).toEqual({ count: 0, amount: 0n })

  const [aside = '', ...more] = (await readdir(dataDir)).filter((file) => file.endsWith('.damaged'))
  expect(more).toEqual([])
  expect(await readFile(join(dataDir, aside), 'latin1')).toBe(`${damaged.line.toString('latin1')}\n`)
  expect((await stat(join(dataDir, aside))).mode & 0o777).toBe(0o600)
  const told = (await readFile(logFile(name), 'utf8')).split('\n').filter((line) => line.includes(aside))
  expect(told.map((line): unknown => JSON.parse(line))).toMatchObject([
    { level: 'error', lines: 1, msg: expect.stringContaining('lines of the spool are damaged') },
  ])

  const account = 'org:default:total'
  expect(await store.accounts([account])).toEqual([{ spent: (await total(store))?.cost, held: 0n }])

  // Whoever mends the file gives it back: what was booked counts once, and the end takes the place of the estimate.
  await gateway.end('SIGTERM')
  await writeFile(path, whole)
  await gateway.start()
  const billed = fleet.books().billedPico - billedBefore
  await expect.poll(async () => (await total(store))?.cost, { timeout: 20_000 }).toBe(billed)
  expect(await total(store)).toMatchObject({ requests: 1 + AWAY, estimated: 0n })
  const [first] = (await store.requests({ limit: 1 })).records
  expect(first === undefined ? 0 : requestCost(first)).toBeGreaterThan(0)
})
