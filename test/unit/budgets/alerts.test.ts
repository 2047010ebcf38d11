// Each share of a limit is told when it is passed, by whoever passes it, and nothing else is.

import { describe, expect, it } from 'vitest'
import { type BudgetAlert, createBudgetAlerts } from '../../../src/budgets/alerts.ts'
import { ScopedBudget } from '../../../src/budgets/scoped-budget.ts'
import type { Budget } from '../../../src/core/budget.ts'

const NOON_MS = Date.UTC(2026, 10, 24, 12)
const DAILY: Budget = { period: 'day', limit: 1_000n, isHard: true, timeZone: 'UTC', alertAt: [0.5, 0.8, 1] }

function setUp(budget = DAILY) {
  const told: BudgetAlert[] = []
  const scoped = new ScopedBudget('team', 'search', budget)
  const alerts = createBudgetAlerts({
    findBudget: (scope, name, period) =>
      scope === 'team' && name === 'search' && period === budget.period ? scoped : null,
    onAlert: (alert) => told.push(alert),
  })
  alerts.start()
  return { told, alerts, scoped, account: scoped.accountAt(NOON_MS) }
}

describe('spending', () => {
  it('that is booked before budgets are known is told when they are', () => {
    const told: BudgetAlert[] = []
    let known: ScopedBudget | null = null
    const alerts = createBudgetAlerts({
      findBudget: () => {
        if (known === null) throw new Error('asked too early')
        return known
      },
      onAlert: (alert) => told.push(alert),
    })
    const scoped = new ScopedBudget('team', 'search', DAILY)
    alerts.spent({ account: scoped.accountAt(NOON_MS), before: 0n, after: 600n })
    expect(told).toEqual([])
    known = scoped
    alerts.start()
    alerts.spent({ account: scoped.accountAt(NOON_MS), before: 600n, after: 900n })
    expect(told.map(({ share }) => share)).toEqual([0.5, 0.8])
  })

  it('passes each share once, however it gets there', () => {
    const { told, alerts, account } = setUp()
    const spent = [0n, 100n, 499n, 500n, 500n, 799n, 1_200n, 1_300n]
    for (const [index, after] of spent.entries())
      alerts.spent({ account, before: spent[index - 1] ?? 0n, after })
    expect(told.map((alert) => [alert.share, alert.spent])).toEqual([
      [0.5, 500n],
      [0.8, 1_200n],
      [1, 1_200n],
    ])
    expect(told[0]).toEqual({
      kind: 'spent',
      scope: 'team',
      name: 'search',
      period: 'day',
      isHard: true,
      share: 0.5,
      limit: 1_000n,
      spent: 500n,
      resetsAtMs: Date.UTC(2026, 10, 25),
    })
  })

  it('that goes down and up again passes it again', () => {
    const { told, alerts, account } = setUp()
    alerts.spent({ account, before: 400n, after: 600n })
    alerts.spent({ account, before: 600n, after: 450n })
    alerts.spent({ account, before: 450n, after: 550n })
    expect(told.map(({ share }) => share)).toEqual([0.5, 0.5])
  })

  it('of a budget that is not known, or that has another period by now, is not told', () => {
    const { told, alerts } = setUp()
    alerts.spent({ account: 'key:key_1:total', before: 0n, after: 2_000n })
    alerts.spent({ account: 'team:search:total', before: 0n, after: 2_000n })
    alerts.spent({ account: '', before: 0n, after: 2_000n })
    expect(told).toEqual([])
  })

  it('of a total says that nothing resets it', () => {
    const { told, alerts, account } = setUp({ ...DAILY, period: 'total', isHard: false })
    alerts.spent({ account, before: 0n, after: 500n })
    expect(told).toMatchObject([{ period: 'total', isHard: false, resetsAtMs: null }])
  })
})

it('a refusal is told once in each period', () => {
  const { told, alerts, scoped } = setUp()
  for (const atMs of [NOON_MS, NOON_MS + 1, NOON_MS + 86_400_000])
    alerts.refused(scoped, { spent: 990n, atMs })
  expect(told.map(({ kind, spent, resetsAtMs }) => [kind, spent, resetsAtMs])).toEqual([
    ['refused', 990n, Date.UTC(2026, 10, 25)],
    ['refused', 990n, Date.UTC(2026, 10, 26)],
  ])
})
