// What a hold and its settlement cost on a Redis of its own: the time until the store has admitted, and the CPU of both sides.

import { performance } from 'node:perf_hooks'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import { dayAccount, sampleDemand } from '../contract/demand-samples.ts'
import { sampleHold, sampleRecord } from '../contract/record-samples.ts'
import { createRedisProcess } from '../support/redis-process.ts'
import { readInfo } from './ask-redis.ts'

export interface AdmissionCost {
  readonly budgets: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Microseconds per hold and settlement. */
  readonly gatewayCpu: number
  readonly redisCpu: number
}

const PAIRS = 4_000
const AT_ONCE = 8
const WARM_UP = 1_000

export async function measureAdmission(budgets: number): Promise<AdmissionCost> {
  // As a Redis that is to keep what it acknowledged, save for a second.
  const server = await createRedisProcess(['--appendfsync', 'everysec'])
  await server.start()
  const store = createRedisStore({ url: `redis://127.0.0.1:${server.port}`, commandTimeoutMs: 60_000 })
  const accounts = Array.from({ length: budgets }, (_, index) => dayAccount(`team-${index}`))
  const latencies: number[] = []
  const pair = async (): Promise<void> => {
    const record = sampleRecord({ accounts })
    const limits = Object.fromEntries(accounts.map((account) => [account, 10n ** 17n]))
    const demand = budgets === 0 ? undefined : sampleDemand({ accounts: limits, leastAmount: 1 })
    const startedAtMs = performance.now()
    await store.hold(sampleHold(record, { accounts }), demand)
    latencies.push(performance.now() - startedAtMs)
    await store.settle(budgets === 0 ? { ...record, accounts: undefined } : record)
  }
  const run = async (count: number): Promise<void> => {
    let left = count
    const one = async (): Promise<void> => {
      while (left-- > 0) await pair()
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
  }
  try {
    await run(WARM_UP)
    latencies.length = 0
    const before = { own: process.cpuUsage(), redis: await redisCpu(server.port) }
    await run(PAIRS)
    const own = process.cpuUsage(before.own)
    const sorted = latencies.toSorted((one, other) => one - other)
    return {
      budgets,
      p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN,
      p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
      gatewayCpu: (own.user + own.system) / PAIRS,
      redisCpu: ((await redisCpu(server.port)) - before.redis) / PAIRS,
    }
  } finally {
    await store.close()
    await server.stop()
  }
}

/** Microseconds. */
async function redisCpu(port: number): Promise<number> {
  const info = await readInfo(port, 'cpu')
  return 1e6 * (Number(info.get('used_cpu_user')) + Number(info.get('used_cpu_sys')))
}
