// Reconciling on real stores: books that agree do so while requests come in, and each that does not is named.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDeclaredKeys } from '../../src/access/declared-keys.ts'
import {
  createReconciler,
  type Reconcile,
  type ReconcilerOptions,
} from '../../src/admin/reconcile/reconcile.ts'
import { createPolicies, type Policies } from '../../src/budgets/policies.ts'
import { ScopedBudget } from '../../src/budgets/scoped-budget.ts'
import { buildBudget, NO_LIMITS } from '../../src/core/budget.ts'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { createRedisStore } from '../../src/ledger/redis/redis-store.ts'
import type { Store } from '../../src/ledger/store.ts'
import { HOUR_MS, NOON_MS, sampleRecord } from '../contract/record-samples.ts'
import { startRedis } from '../support/redis.ts'

const MONTH = buildBudget({ limit_usd: 100, period: 'month', hard: true, time_zone: 'UTC', alert_at: [] })
const ACCOUNT = new ScopedBudget('team', 'search', MONTH).accountAt(NOON_MS)
const FROM = '2026-11-01'

const KINDS = {
  async embedded() {
    const directory = await mkdtemp(join(tmpdir(), 'farthing-reconcile-'))
    let count = 0
    return {
      open: () => createEmbeddedStore({ directory: join(directory, `books-${++count}`) }),
      stop: () => rm(directory, { recursive: true, force: true }),
    }
  },
  async Redis() {
    const server = await startRedis()
    let count = 0
    return {
      open: () =>
        createRedisStore({ url: server.url, namespace: `books-${++count}`, commandTimeoutMs: 10_000 }),
      stop: () => server.stop(),
    }
  },
}

function paid(cost: number, startedAtMs = NOON_MS) {
  return sampleRecord({ startedAtMs, team: 'search', accounts: [ACCOUNT], attempts: [{ cost }] })
}

describe.each(['embedded', 'Redis'] as const)('on the %s store', (kind) => {
  let place: Awaited<ReturnType<(typeof KINDS)[typeof kind]>>
  let store: Store
  let policies: Policies
  const told: bigint[] = []
  beforeAll(async () => {
    place = await KINDS[kind]()
  })
  afterAll(() => place.stop())
  beforeEach(() => {
    store = place.open()
    policies = createPolicies({
      store,
      configured: new Map([['team:search', { budgets: [MONTH], limits: NO_LIMITS }]]),
      everyMs: 60_000,
      onError: (error) => expect.fail(String(error)),
    })
    told.length = 0
  })
  afterEach(async () => {
    policies.close()
    await store.close()
  })
  const reconciler = (given: Partial<ReconcilerOptions> = {}): Reconcile =>
    createReconciler({
      store,
      policies,
      declared: createDeclaredKeys([]),
      clock: { now: () => NOON_MS + 1_000 },
      requestsKeptMs: null,
      notBooked: null,
      lastResetMs: async () => null,
      onReconciled: (difference) => void told.push(difference),
      ...given,
    })

  it('all agree, rolled up or not, and while requests end', async () => {
    for (const hour of [0, 1, 30]) await store.settle(paid(1_000_000, NOON_MS - hour * HOUR_MS))
    await store.rollUp(NOON_MS)
    const settling = Array.from({ length: 50 }, () => store.settle(paid(777)))
    const report = await reconciler()({ from: FROM })
    await Promise.all(settling)
    expect(report).toMatchObject({ agrees: true, difference_usd: 0, differences: [] })
    const again = await reconciler()({ from: FROM })
    expect(again.agrees).toBe(true)
    expect(again.checks.map(({ check, subject }) => [check, subject])).toEqual([
      ['requests', 'all providers'],
      ['budgets', 'team search, month'],
    ])
    for (const { ledger_usd: ledger, other_usd: other } of again.checks) expect(ledger).toBe(other)
    expect(told).toEqual([0n, 0n])
  })

  it('records that are gone are missed by day and model', async () => {
    await store.settle(paid(5_000, NOON_MS - 48 * HOUR_MS))
    const before = await reconciler()({ from: FROM })
    await store.dropRequests(NOON_MS - 47 * HOUR_MS, 100)
    const report = await reconciler()({ from: FROM })
    expect(before.agrees).toBe(true)
    expect(report.agrees).toBe(false)
    expect(report.differences).toContainEqual(
      expect.objectContaining({
        check: 'requests',
        subject: 'openai',
        day: '2026-11-22',
        model: 'gpt-6-luna',
        ledger_usd: 5e-9,
        other_usd: 0,
        cause: 'records_missing',
      }),
    )
    expect(report.differences).toContainEqual(
      expect.objectContaining({ check: 'budgets', subject: 'team search, month', cause: 'counter_differs' }),
    )
    // What is not kept any more is not looked for.
    const kept = await reconciler({ requestsKeptMs: 47 * HOUR_MS })({ from: FROM })
    expect(kept.differences.filter(({ check }) => check === 'requests')).toEqual([])
    expect(kept.budgets_not_covered).toEqual(['team search, month'])
  })

  it('a budget that was reset is told from one that miscounted', async () => {
    await store.settle(paid(9_000))
    await store.resetAccounts([ACCOUNT])
    for (const [lastResetMs, expected] of [
      [null, 'counter_differs'],
      [Date.UTC(2026, 9, 30), 'counter_differs'],
      [NOON_MS, 'reset'],
    ] as const) {
      const { differences } = await reconciler({ lastResetMs: async () => lastResetMs })({ from: FROM })
      expect(differences.filter(({ check }) => check === 'budgets').map(({ cause }) => cause)).toEqual([
        expected,
      ])
    }
  })

  it('what this process could book nowhere is told', async () => {
    const report = await reconciler({ notBooked: () => 250_000n })({ from: FROM, to: '2026-11-02' })
    expect(report.differences).toContainEqual(
      expect.objectContaining({ check: 'counters', cause: 'not_booked', difference_usd: 2.5e-7 }),
    )
  })

  it("a provider's bill is held against it", async () => {
    await store.settle(
      sampleRecord({ startedAtMs: Date.UTC(2026, 10, 3, 8), attempts: [{ cost: 1_500_000_000_000 }] }),
    )
    const start = Date.UTC(2026, 10, 3) / 1000
    const bill = (value: number) => ({
      from: '2026-11-03',
      to: '2026-11-04',
      exports: [
        {
          provider: 'openai',
          pages: [
            {
              object: 'page',
              data: [
                {
                  start_time: start,
                  end_time: start + 86_400,
                  results: [
                    {
                      object: 'organization.costs.result',
                      amount: { value, currency: 'usd' },
                      line_item: 'gpt-6-luna-2026-08-01, output',
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    })
    expect((await reconciler()(bill(1.5))).differences.filter(({ check }) => check === 'bill')).toEqual([])
    const { differences, agrees } = await reconciler()(bill(2))
    expect(agrees).toBe(false)
    expect(differences).toContainEqual({
      check: 'bill',
      subject: 'openai',
      day: '2026-11-03',
      model: 'gpt-6-luna',
      ledger_usd: 1.5,
      other_usd: 2,
      difference_usd: 0.5,
      cause: 'unexplained',
      explanation: expect.any(String),
    })
    expect(told.at(-1)).toBeGreaterThanOrEqual(500_000_000_000n)
  })

  it.each<readonly [object, RegExp]>([
    [{ from: '2026-11-02', to: '2026-11-01' }, /"from" must be before "to"/],
    [{ frm: '2026-11-02' }, /"frm" is not known here/],
    [{ exports: [{ provider: 'deepseek', pages: [{}] }] }, /must be one of openai, anthropic/],
    [{ exports: [{ provider: 'openai', pages: [{}] }] }, /"exports.0.pages" is not a page/],
    [{ exports: [{ provider: 'anthropic', pages: [] }] }, /exports\.0\.pages/],
    [
      {
        balances: [
          { provider: 'deepseek', before: { at: 'soon', balance: {} }, after: { at: 2, balance: {} } },
        ],
      },
      /"balances.0.before.at" is not a moment/,
    ],
  ])('%j is refused in words', async (input, words) => {
    await expect(reconciler()(input)).rejects.toThrow(words)
  })
})
