// One budget, four processes, one store: what they hold together never exceeds it, and what a killed one held comes back.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import { dayAccount, sampleDemand } from '../contract/demand-samples.ts'
import { sampleHold, sampleRecord } from '../contract/record-samples.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'
import { sweepAt } from '../support/sweep-at.ts'

const ACCOUNT = dayAccount('search')
const AMOUNT = 130
const LIMIT = 20_000n
const PROCESSES = 4
const HOLDS = 250

let folder: string
let redis: RedisServer
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-share-'))
  redis = await startRedis()
})
afterAll(async () => {
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Takes holds as fast as it can, prints the ids of those it got, and dies without a farewell. */
function program(open: string): string {
  const record = sampleRecord({ accounts: [ACCOUNT] })
  const hold = sampleHold(record, { amount: AMOUNT, accounts: [ACCOUNT] })
  const demand = sampleDemand({
    leastAmount: AMOUNT,
    rates: [{ name: 'team:search', entry: '', requests: 120 }],
  })
  return `
    ${open}
    const hold = ${JSON.stringify(hold)}
    const demand = { ...${JSON.stringify(demand)}, accounts: [{ id: ${JSON.stringify(ACCOUNT)}, limit: ${LIMIT}n }] }
    const ids = Array.from({ length: ${HOLDS} }, (_, index) => 'req_' + process.pid + '_' + index)
    const kinds = await Promise.all(ids.map((requestId) =>
      store.hold(
        { ...hold, requestId },
        { ...demand, rates: demand.rates.map((rate) => ({ ...rate, entry: requestId })) },
      ).then(({ kind }) => kind)))
    const count = kinds.filter((kind) => kind === 'held').length
    process.stdout.write(String(count), () => process.kill(process.pid, 'SIGKILL'))
    await new Promise(() => setInterval(() => undefined, 1000))
  `
}

async function run(file: string): Promise<number> {
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  const [, signal]: unknown[] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
  return Number(text)
}

/** Gives what the processes held together. */
async function share(name: string, open: string, store: Store): Promise<number> {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, program(open))
  const counts = await Promise.all(Array.from({ length: PROCESSES }, () => run(file)))
  const held = counts.reduce((sum, count) => sum + count, 0)
  expect(await store.accounts([ACCOUNT])).toEqual([{ spent: 0n, held: BigInt(120 * AMOUNT) }])
  expect(await store.held()).toMatchObject({ count: 120 })
  expect(await sweepAt(store, Number.MAX_SAFE_INTEGER)).toBe(120)
  // What had been sent is booked as it was expected, the rest is free again.
  expect(await store.accounts([ACCOUNT])).toEqual([{ spent: 120_000n, held: 0n }])
  expect(await store.held()).toEqual({ count: 0, amount: 0n })
  return held
}

// 153 would have room in the budget, 120 have it under the limit.
describe('one budget of several processes', () => {
  it('holds on the embedded store', async () => {
    const directory = join(folder, 'store')
    const store = createEmbeddedStore({ directory })
    const from = JSON.stringify(resolve('src/ledger/embedded/embedded-store.ts'))
    const held = await share(
      'embedded',
      `import { createEmbeddedStore } from ${from}
      const store = createEmbeddedStore({ directory: ${JSON.stringify(directory)} })`,
      store,
    )
    expect(held).toBe(120)
    await store.close()
  })

  it('holds on one Redis', async () => {
    const options = { url: redis.url, commandTimeoutMs: 10_000 }
    const store = createRedisStore(options)
    const from = JSON.stringify(resolve('src/ledger/redis/redis-store.ts'))
    const held = await share(
      'redis',
      `import { createRedisStore } from ${from}
      const store = createRedisStore(${JSON.stringify(options)})`,
      store,
    )
    expect(held).toBe(120)
    await store.close()
  })
})
