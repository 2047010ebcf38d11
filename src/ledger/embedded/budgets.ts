// Accounts of budgets in the tables, and the policies that were set by hand.

import type { BudgetStore } from '../store.ts'
import { readBigInt, readText, type Statements } from './statements.ts'
import type { WriteQueue } from './write-queue.ts'

export function budgetVerbs(statements: Statements, queue: WriteQueue): BudgetStore {
  return {
    accounts: async (ids) =>
      queue.read(() =>
        ids.map((id) => {
          const row = statements.account.get(id)
          return row === undefined
            ? { spent: 0n, held: 0n }
            : { spent: readBigInt(row, 'spent'), held: readBigInt(row, 'held') }
        }),
      ),
    async resetAccounts(ids) {
      await queue.push(() => {
        for (const id of ids) statements.resetAccount.run(id)
      }, 'now')
    },
    policies: async () =>
      queue.read(() => ({
        version: Number(statements.policyVersion.get()?.['version'] ?? 0),
        documents: new Map(
          statements.policies.all().map((row) => [readText(row, 'name'), readText(row, 'document')]),
        ),
      })),
    async putPolicy(name, document) {
      await queue.push(() => {
        if (document === null) statements.dropPolicy.run(name)
        else statements.putPolicy.run(name, document)
        statements.raisePolicyVersion.run()
      }, 'now')
    },
  }
}
