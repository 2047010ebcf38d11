// npm run bench:spend: how long spend reports take over a year of daily data, 1,000 keys and 60 routes, on both stores; and
// how large a store is per million requests. `--routes-a-day N` (else 6): how many of the 60 each key uses each day.

import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { createSpendReport } from '../src/admin/spend-report.ts'
import { createEmbeddedStore } from '../src/ledger/embedded/embedded-store.ts'
import { createRedisStore } from '../src/ledger/redis/redis-store.ts'
import type { Store } from '../src/ledger/store.ts'
import { sampleRecord } from '../test/contract/record-samples.ts'
import { createRedisProcess } from '../test/support/redis-process.ts'

const DAYS = 365
const KEYS = 1_000
const ROUTES = 60
const ROUNDS = 20
const LIMIT_MS = 50
const DAY_MS = 86_400_000
const END_MS = Date.UTC(2026, 10, 24)
const SIZED_REQUESTS = 20_000

const GROUPS = [
  '',
  'provider',
  'model',
  'tier',
  'team',
  'project',
  'key',
  'tag:feature',
  'day',
  'hour',
  'provider,model',
  'team,model',
  'team,day',
  'model,day',
  'team,project,key',
  'key,model',
]
/** Of more, the rows themselves take the time, however few cells they were added up from: said, and not part of the limit. */
const LIMITED_ROWS = 10_000

/** A decision as long as one with fifteen candidates. */
const DECISION = JSON.stringify({
  version: 'x'.repeat(12),
  candidates: Array.from({ length: 15 }, (_, place) => [place, 1_234_567, 7_654_321, 0]),
})

const { values } = parseArgs({ options: { 'routes-a-day': { type: 'string', default: '6' } } })
const routesADay = Number(values['routes-a-day'])

const folder = await mkdtemp(join(tmpdir(), 'farthing-bench-'))
const redis = await createRedisProcess(['--appendonly', 'no'])
await redis.start()
const url = `redis://127.0.0.1:${redis.port}`
let isWithin = true
try {
  isWithin = await measure('embedded', createEmbeddedStore({ directory: folder }), () => folderBytes(folder))
  await redis.kill()
  await redis.start()
  isWithin =
    (await measure('Redis', createRedisStore({ url, commandTimeoutMs: 60_000 }), redisBytes)) && isWithin
} finally {
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exitCode = isWithin ? 0 : 1

async function measure(name: string, store: Store, readBytes: () => Promise<number>): Promise<boolean> {
  const perMillion = await measureSize(store, readBytes)
  console.log(`${name}: ${(perMillion / 2 ** 20).toFixed(0)} MiB per million requests with their records`)
  const before = await readBytes()
  const cells = await fillYear(store)
  const mib = ((await readBytes()) - before) / 2 ** 20
  console.log(
    `${name}: ${cells.toLocaleString('en')} daily cells in ${mib.toFixed(0)} MiB; reports over the year, ${ROUNDS} each:`,
  )
  const report = createSpendReport(store, { now: () => END_MS })
  let isBelow = true
  for (const group of GROUPS) {
    const { times, rows } = await timeReport(() =>
      report.report({ from: '2025-11-24', to: '2026-11-24', group_by: group }),
    )
    const median = times[times.length >> 1] ?? Number.NaN
    const isOver = median >= LIMIT_MS && rows <= LIMITED_ROWS
    if (isOver) isBelow = false
    console.log(
      `  ${(group === '' ? '(total)' : group).padEnd(18)} ${String(rows).padStart(6)} rows` +
        `  p50 ${median.toFixed(1).padStart(7)} ms  max ${(times.at(-1) ?? 0).toFixed(1).padStart(7)} ms` +
        (isOver ? `  ABOVE ${LIMIT_MS} ms` : ''),
    )
  }
  await store.close()
  return isBelow
}

async function timeReport(
  ask: () => Promise<{ readonly rows: readonly unknown[] }>,
): Promise<{ readonly times: readonly number[]; readonly rows: number }> {
  const times: number[] = []
  let rows = 0
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now()
    rows = (await ask()).rows.length
    times.push(performance.now() - startedAt)
  }
  return { times: times.toSorted((a, b) => a - b), rows }
}

/** Each key asks once, at noon of each day, with an attempt on each of its routes; rolled up day by day. */
async function fillYear(store: Store): Promise<number> {
  for (let day = 0; day < DAYS; day++) {
    const startedAtMs = END_MS - (DAYS - day) * DAY_MS + DAY_MS / 2
    const settling: Promise<unknown>[] = []
    for (let key = 0; key < KEYS; key++) {
      const routes = Array.from({ length: routesADay }, (_, nth) => (key * 7 + day * 13 + nth * 11) % ROUTES)
      settling.push(store.settle(requestOf({ startedAtMs, key, routes })))
      if (settling.length >= 500) await Promise.all(settling.splice(0))
    }
    await Promise.all(settling)
    while (await store.rollUp(Number.MAX_SAFE_INTEGER));
    while ((await store.dropRequests(Number.MAX_SAFE_INTEGER, 5_000)) > 0);
  }
  return DAYS * KEYS * routesADay
}

interface Request {
  readonly startedAtMs: number
  readonly key: number
  readonly routes: readonly number[]
}

function requestOf({ startedAtMs, key, routes }: Request) {
  return sampleRecord({
    startedAtMs,
    keyId: `key_${String(key).padStart(16, '0')}`,
    team: `team-${key % 20}`,
    project: `project-${key % 50}`,
    tags: { feature: `feature-${key % 10}` },
    attempts: routes.map((route) => ({ provider: 'openai', model: `model-${route}`, cost: 1_234_567 + key })),
  })
}

async function measureSize(store: Store, readBytes: () => Promise<number>): Promise<number> {
  const before = await readBytes()
  for (let index = 0; index < SIZED_REQUESTS; index += 500) {
    const some = Array.from({ length: 500 }, (_, nth) => ({
      ...requestOf({
        startedAtMs: END_MS + (index + nth) * 100,
        key: (index + nth) % 100,
        routes: [nth % ROUTES],
      }),
      decision: DECISION,
    }))
    await Promise.all(some.map((record) => store.settle(record)))
  }
  while (await store.rollUp(Number.MAX_SAFE_INTEGER));
  const bytes = (await readBytes()) - before
  while ((await store.dropRequests(Number.MAX_SAFE_INTEGER, 5_000)) > 0);
  return (bytes / SIZED_REQUESTS) * 1_000_000
}

/** With all that stood in the write-ahead log in its place: how long that log is has nothing to do with what is kept. */
async function folderBytes(path: string): Promise<number> {
  const database = new DatabaseSync(join(path, 'farthing.sqlite'), { timeout: 60_000 })
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)')
  // The store may be at one itself.
  while (checkpoint.get()?.['busy'] !== 0) await delay(20)
  database.close()
  const sizes = (await readdir(path))
    .filter((name) => name.startsWith('farthing.sqlite'))
    .map(async (name) => (await stat(join(path, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

async function redisBytes(): Promise<number> {
  const client = new Redis(url)
  const info = await client.info('memory')
  client.disconnect()
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1])
}
