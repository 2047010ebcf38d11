// Who counts a request: everyone it belongs to, by the policies that hold now.

import { afterEach, expect, it } from 'vitest'
import { createBudgetList } from '../../../src/budgets/budget-list.ts'
import { createChargeBook } from '../../../src/budgets/charges.ts'
import { createPolicies, type Policies } from '../../../src/budgets/policies.ts'
import { type Budget, NO_LIMITS } from '../../../src/core/budget.ts'
import type { StoredPolicies } from '../../../src/ledger/store.ts'
import { sampleCaller, sampleRoute } from '../routing/route-samples.ts'

const NOON_MS = Date.UTC(2026, 10, 24, 12)
const soft: Budget = { period: 'month', limit: 9n, isHard: false, timeZone: 'UTC', alertAt: [] }
const hard: Budget = { ...soft, period: 'day', isHard: true }

let policies: Policies | null = null
afterEach(() => policies?.close())

/** A store that says what the test says. */
function setUp() {
  const stored = { version: 0, documents: new Map<string, string>() } satisfies StoredPolicies
  const errors: unknown[] = []
  policies = createPolicies({
    store: { policies: async () => ({ ...stored }) },
    configured: new Map([
      ['org:default', { budgets: [soft], limits: NO_LIMITS }],
      ['team:search', { budgets: [hard], limits: { ...NO_LIMITS, requestsPerMinute: 5 } }],
    ]),
    everyMs: 60_000,
    onError: (error) => errors.push(error),
  })
  const list = createBudgetList(policies, {
    accounts: async (ids) => ids.map((_, index) => ({ spent: BigInt(index), held: 0n })),
  })
  const routeLimits = new Map([['openai', { ...NO_LIMITS, concurrency: 3 }]])
  return { stored, errors, policies, list, charges: createChargeBook({ policies, list, routeLimits }) }
}

it('counts org, team, project and key, and knows what has to be bounded', () => {
  const { charges } = setUp()
  const counted = charges.of(
    sampleCaller({ team: 'search', project: 'x', budgets: [{ ...hard, period: 'total' }] }),
  )
  expect(counted?.budgets.map((one) => one.accountAt(NOON_MS))).toEqual([
    `org:default:month:${Date.UTC(2026, 10)}-${Date.UTC(2026, 11)}`,
    `team:search:day:${Date.UTC(2026, 10, 24)}-${Date.UTC(2026, 10, 25)}`,
    'key:key-1:total',
  ])
  expect(counted?.limits.map(({ name }) => name)).toEqual(['team:search'])
  expect(counted).toMatchObject({ hasHardBudget: true, needsOutputBound: true })
  expect(charges.of(sampleCaller())).toMatchObject({ hasHardBudget: false, needsOutputBound: false })
  const limited = sampleCaller({ limits: { ...NO_LIMITS, tokensPerMinute: 10 } })
  expect(charges.of(limited)).toMatchObject({ hasHardBudget: false, needsOutputBound: true })
})

it('takes policies that were set by hand before those of the configuration, and gives them back', async () => {
  const { charges, stored, policies: known } = setUp()
  const caller = sampleCaller({ team: 'search' })
  expect(charges.of(caller)?.hasHardBudget).toBe(true)
  stored.documents.set('team:search', '{"budgets":[],"limits":null}')
  stored.documents.set('org:default', '{"budgets":[],"limits":null}')
  stored.version = 2
  await charges.refresh()
  expect(charges.of(caller)).toBeNull()
  expect([known.isStored('team', 'search'), known.isStored('team', 'other')]).toEqual([true, false])
  stored.documents.clear()
  stored.version = 3
  await charges.refresh()
  expect(charges.of(caller)).toMatchObject({ policyVersion: 3, hasHardBudget: true })
})

it('never gives an answer that was on its way before the question', async () => {
  const { charges, stored, policies: known } = setUp()
  const first = charges.refresh()
  stored.version = 7
  await Promise.all([first, charges.refresh(), charges.refresh()])
  expect(known.version).toBe(7)
})

it('keeps what it knows where the stored policies cannot be read', async () => {
  const { charges, stored } = setUp()
  stored.documents.set('team:search', '{"budgets":[{"limit_usd":-1,"period":"day"}]}')
  stored.version = 1
  await expect(charges.refresh()).rejects.toThrow(
    /budgets of team:search are not ones that this version can read/,
  )
  expect(charges.of(sampleCaller({ team: 'search' }))?.hasHardBudget).toBe(true)
})

it('gives a route the limits of its provider and of its model', () => {
  const { charges } = setUp()
  expect(charges.limitsRoutes).toBe(true)
  expect(charges.ratesOf(sampleRoute({ provider: 'openai' }), 'req.1')).toEqual([
    { name: 'route:openai', entry: 'req.1', requests: null, tokens: null, concurrency: 3 },
  ])
  expect(charges.ratesOf(sampleRoute({ provider: 'moonshot' }), 'req.1')).toEqual([])
})

it('lists every budget but no more keys than the bound', async () => {
  const { charges, list } = setUp()
  for (let index = 0; index < 600; index++) {
    charges.of(sampleCaller({ keyId: `key_${index}`, budgets: [hard] }))
  }
  charges.of(sampleCaller({ keyId: 'key_0', budgets: [] }))
  const rows = await list.rows(NOON_MS)
  expect(rows.filter(({ scope }) => scope === 'key')).toHaveLength(500)
  expect(rows.slice(0, 3).map(({ scope, name, period }) => [scope, name, period])).toEqual([
    ['org', 'default', 'month'],
    ['team', 'search', 'day'],
    ['key', 'key_1', 'day'],
  ])
  expect(list.find('key', 'key_599', 'day')?.name).toBe('key_599')
  expect(list.find('key', 'key_0', 'day')).toBeNull()
})
