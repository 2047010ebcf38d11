// Accounts of budgets in Redis, and the policies that were set by hand.

import type { BudgetStore } from '../store.ts'
import type { Names } from './names.ts'
import type { RedisClient } from './redis-client.ts'
import { PUT_POLICY, RESET_ACCOUNTS } from './scripts.ts'

const VERSION = ':version'

export function budgetVerbs(client: RedisClient, names: Names): BudgetStore {
  return {
    async accounts(ids) {
      if (ids.length === 0) return []
      const fields = ids.flatMap((id) => [`${id}:spent`, `${id}:taken`])
      const values = await client.ask((to) => to.hmget(names.accounts, ...fields))
      return ids.map((_, index) => {
        const spent = BigInt(values[2 * index] ?? '0')
        return { spent, held: BigInt(values[2 * index + 1] ?? '0') - spent }
      })
    },
    async resetAccounts(ids) {
      if (ids.length > 0) await client.run(RESET_ACCOUNTS, [names.accounts], ids)
    },
    async policies() {
      const { [VERSION]: version = '0', ...documents } = await client.ask((to) => to.hgetall(names.policies))
      return { version: Number(version), documents: new Map(Object.entries(documents)) }
    },
    async putPolicy(name, document) {
      await client.run(PUT_POLICY, [names.policies], document === null ? [name] : [name, document])
    },
  }
}
