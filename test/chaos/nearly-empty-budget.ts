// A thousand requests at once, over four gateways, on one budget that has room for a few of them.

import { setTimeout as delay } from 'node:timers/promises'
import { readBooks } from './books.ts'
import { compareEntries } from './compare-entries.ts'
import { compareAccounts } from './compare-sums.ts'
import type { SeededRandom } from './seeded-random.ts'
import { LEASE_MS, openStage, usd } from './stage.ts'
import type { StoreKind } from './store-site.ts'
import { createTraffic } from './traffic.ts'
import { ORDINARY } from './traffic-plan.ts'

export interface NearlyEmpty {
  readonly store: StoreKind
  readonly requests: number
  readonly served: number
  readonly refused: number
  readonly limit: bigint
  readonly spent: bigint
  readonly overspent: bigint
  readonly differences: readonly string[]
}

const GATEWAYS = 4
const AT_ONCE = 1_000
const LIMIT_USD = 0.02

export async function meetNearlyEmptyBudget(store: StoreKind, random: SeededRandom): Promise<NearlyEmpty> {
  const stage = await openStage({ store, gateways: GATEWAYS, hasReplica: false, tightUsd: LIMIT_USD })
  const traffic = createTraffic({
    stage,
    random,
    mix: { ...ORDINARY, payers: ['tight'], leaving: 0 },
    perSecond: Number.POSITIVE_INFINITY,
    mostAtOnce: AT_ONCE,
  })
  try {
    await traffic.run(AT_ONCE, () => false)
    // What is left is given back by then, whoever held it.
    await delay(3 * LEASE_MS)
    const handle = await stage.site.open()
    const books = await readBooks(stage, handle)
    const [account] = await handle.accounts([`key:${stage.payers.tight.id}:total`])
    await handle.close()
    const spent = account?.spent ?? 0n
    const limit = usd(LIMIT_USD)
    const answers = [...traffic.sent.values()].map(({ answer }) => answer)
    const entries = compareEntries(books.entries, books.rows)
    return {
      store,
      requests: answers.length,
      served: answers.filter(({ status }) => status === 200).length,
      refused: answers.filter(({ code }) => code === 'insufficient_quota').length,
      limit,
      spent,
      overspent: spent > limit ? spent - limit : 0n,
      differences: [...entries.lost, ...entries.doubled, ...entries.wrong, ...compareAccounts(books)],
    }
  } finally {
    traffic.close()
    await stage.close(false)
  }
}
