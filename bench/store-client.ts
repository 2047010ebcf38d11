// One process of npm run bench:store: holds and settles as a gateway does, until its time is over.

import { performance } from 'node:perf_hooks'
import { createEmbeddedStore } from '../src/ledger/embedded/embedded-store.ts'
import { createRedisStore } from '../src/ledger/redis/redis-store.ts'
import type { Store } from '../src/ledger/store.ts'
import { dayAccount, sampleDemand } from '../test/contract/demand-samples.ts'
import { sampleHold, sampleRecord } from '../test/contract/record-samples.ts'

export interface ClientTask {
  readonly store: 'redis' | 'embedded'
  /** A URL, or a folder. */
  readonly place: string
  /** That count each request. */
  readonly budgets: number
  /** `settled`: booked with its record, as an answered request; `released`: the hold alone, given back. */
  readonly end: 'settled' | 'released'
  readonly seconds: number
  readonly atOnce: number
}

export interface ClientReport {
  readonly pairs: number
  /** Microseconds of this process. */
  readonly cpu: number
}

const WARM_UP_MS = 1_000
const LIMIT = 10n ** 17n
const KEYS = 200
/** As long as a decision with fifteen candidates. */
const DECISION = JSON.stringify({
  version: 'x'.repeat(12),
  candidates: Array.from({ length: 15 }, (_, place) => [place, 1_234_567, 7_654_321, 0]),
})

process.once('message', (task: ClientTask) => void work(task))

async function work(task: ClientTask): Promise<void> {
  const store = openStore(task)
  await run(store, task, WARM_UP_MS)
  const begun = new Promise((resolve) => process.once('message', resolve))
  process.send?.('ready')
  await begun
  const before = process.cpuUsage()
  const pairs = await run(store, task, task.seconds * 1_000)
  const { user, system } = process.cpuUsage(before)
  process.send?.({ pairs, cpu: user + system } satisfies ClientReport)
}

function openStore({ store, place }: ClientTask): Store {
  return store === 'redis'
    ? createRedisStore({ url: place, commandTimeoutMs: 60_000 })
    : createEmbeddedStore({ directory: place })
}

async function run(store: Store, { budgets, end, atOnce }: ClientTask, forMs: number): Promise<number> {
  const endsAtMs = performance.now() + forMs
  const accounts = Array.from({ length: budgets }, (_, index) => dayAccount(`team-${index}`))
  const limits = Object.fromEntries(accounts.map((account) => [account, LIMIT]))
  let pairs = 0
  const one = async (): Promise<void> => {
    while (performance.now() < endsAtMs) {
      const keyId = `key_${pairs % KEYS}`
      const nowMs = Date.now()
      const record = sampleRecord({ accounts, keyId, team: 'search', startedAtMs: nowMs, decision: DECISION })
      const demand = sampleDemand({ accounts: limits, leastAmount: 1, nowMs })
      await store.hold(sampleHold(record, { accounts }), demand)
      if (end === 'settled') await store.settle(record)
      else await store.release([record.requestId])
      pairs++
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return pairs
}
