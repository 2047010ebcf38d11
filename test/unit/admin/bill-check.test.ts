// Bills in the shapes that providers document, held against a ledger: what is equal, and why what differs does.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAnthropicBill } from '../../../src/admin/reconcile/anthropic-bill.ts'
import { readBalanceBill } from '../../../src/admin/reconcile/balance-bill.ts'
import type { Bill } from '../../../src/admin/reconcile/bill.ts'
import { compareBill } from '../../../src/admin/reconcile/bill-check.ts'
import { alarming } from '../../../src/admin/reconcile/difference.ts'
import { readOpenaiBill } from '../../../src/admin/reconcile/openai-bill.ts'
import { picoFromUsd } from '../../../src/core/money.ts'
import type { SpendRow } from '../../../src/ledger/store.ts'

const DAY = '2026-11-24'

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(`test/fixtures/bills/${name}.json`, 'utf8'))
}

interface Spent {
  readonly model: string
  readonly usd: number
  readonly tokens?: readonly [input: number, output: number]
  readonly estimated?: number
}

function spent(...rows: readonly Spent[]): readonly SpendRow[] {
  return rows.map(({ model, usd, tokens = [0, 0], estimated = 0 }) => ({
    group: { provider: 'openai', day: DAY, model },
    requests: 1,
    attempts: 1,
    inputTokens: tokens[0],
    cachedTokens: 0,
    outputTokens: tokens[1],
    reasoningTokens: 0,
    cost: picoFromUsd(usd),
    baseline: 0n,
    estimated: picoFromUsd(estimated),
  }))
}

function causes(bill: Bill, rows: readonly SpendRow[]): readonly unknown[] {
  return compareBill(bill, rows).map(({ day, model, cause }) => [day, model, cause])
}

function luna(usd: number, input: number): Spent {
  return { model: 'gpt-6-luna', usd, tokens: [input, 900] }
}

function at(hour: number): number {
  return Date.UTC(2026, 10, 24, hour)
}

function deepseek(usd: string) {
  return { balance_infos: [{ currency: 'USD', total_balance: usd }] }
}

function kimiBill(toppedUp: bigint): Bill {
  const balance = {
    code: 0,
    data: { available_balance: 56.58894, voucher_balance: 46.58893, cash_balance: 10.00001 },
  }
  return readBalanceBill({
    provider: 'moonshot',
    before: { atMs: at(0), balance: fixture('moonshot-balance') },
    after: { atMs: at(1), balance },
    toppedUp,
  })
}

function readTwice(balance: unknown, hour: number): Bill {
  return readBalanceBill({
    provider: 'deepseek',
    before: { atMs: at(2), balance },
    after: { atMs: at(hour), balance },
    toppedUp: 0n,
  })
}

const CHARGES = [[DAY, 'web search tool calls', 'other_charge']]

describe("OpenAI's costs and usage", () => {
  const costs = readOpenaiBill([fixture('openai-costs')])
  const both = readOpenaiBill([fixture('openai-costs'), fixture('openai-usage')])

  it('agree with a ledger that names the models without their dates', () => {
    expect(new Date(costs.fromMs).toISOString()).toBe('2026-11-24T00:00:00.000Z')
    expect(new Date(costs.toMs).toISOString()).toBe('2026-11-26T00:00:00.000Z')
    expect(
      causes(costs, spent({ model: 'gpt-5.4-nano', usd: 1 }, { model: 'gpt-6-luna', usd: 1.5 })),
    ).toEqual(CHARGES)
  })

  it.each<readonly [string, readonly Spent[], string]>([
    ['rounding', [{ model: 'gpt-6-luna', usd: 1.5000009 }], 'gpt-6-luna'],
    ['unexplained', [{ model: 'gpt-6-luna', usd: 1.4 }], 'gpt-6-luna'],
    ['estimated', [{ model: 'gpt-6-luna', usd: 1.4, estimated: 0.1 }], 'gpt-6-luna'],
    ['not_in_ledger', [], 'gpt-6-luna'],
    [
      'not_in_bill',
      [
        { model: 'gpt-6-luna', usd: 1.5 },
        { model: 'gpt-6-sol', usd: 2 },
      ],
      'gpt-6-sol',
    ],
  ])('differ because of %s', (cause, rows, model) => {
    expect(causes(costs, spent({ model: 'gpt-5.4-nano', usd: 1 }, ...rows))).toEqual([
      [DAY, model, cause],
      ...CHARGES,
    ])
  })

  it('tell a price from tokens where usage was exported, too', () => {
    const nano: Spent = { model: 'gpt-5.4-nano', usd: 1, tokens: [1_000, 500] }
    expect(causes(both, spent(nano, luna(1.2, 4_000)))).toEqual([[DAY, 'gpt-6-luna', 'price'], ...CHARGES])
    expect(causes(both, spent(nano, luna(1.2, 3_000)))).toEqual([[DAY, 'gpt-6-luna', 'tokens'], ...CHARGES])
    const usage = readOpenaiBill([fixture('openai-usage')])
    expect(causes(usage, spent(nano, luna(1.2, 3_000)))).toEqual([[DAY, 'gpt-6-luna', 'tokens']])
    expect(causes(usage, spent(nano, luna(7, 4_000)))).toEqual([])
  })

  it('are refused in another shape or currency', () => {
    expect(() => readOpenaiBill([])).toThrow('has no buckets')
    expect(() => readOpenaiBill([{ object: 'list', data: [] }])).toThrow(
      'is not a page of /v1/organization/costs',
    )
    const text = JSON.stringify(fixture('openai-costs')).replaceAll('"usd"', '"eur"')
    expect(() => readOpenaiBill([JSON.parse(text)])).toThrow('is in eur')
  })
})

describe("Anthropic's costs and usage", () => {
  it('agree in cents with decimals', () => {
    const bill = readAnthropicBill([fixture('anthropic-costs'), fixture('anthropic-usage')])
    const rows = spent({ model: 'claude-sonnet-5', usd: 2, tokens: [3_200, 500] })
    expect(causes(bill, rows)).toEqual([[DAY, 'Web Search Usage', 'other_charge']])
    expect(bill.lines.reduce((sum, { cost }) => sum + (cost ?? 0n), 0n)).toBe(picoFromUsd(2.03))
  })

  it('are refused in another shape', () => {
    expect(() => readAnthropicBill([{ data: [{}] }])).toThrow(
      'is not a page of /v1/organizations/cost_report',
    )
  })
})

describe('balances', () => {
  it('of DeepSeek fall by what was spent, to the cent that it writes', () => {
    const bill = readBalanceBill({
      provider: 'deepseek',
      before: { atMs: at(0), balance: fixture('deepseek-balance') },
      after: { atMs: at(12), balance: deepseek('51.15') },
      toppedUp: 0n,
    })
    expect(causes(bill, spent({ model: 'a', usd: 1 }, { model: 'b', usd: 0.25 }))).toEqual([])
    expect(causes(bill, spent({ model: 'a', usd: 1.2591 }))).toEqual([[null, null, 'rounding']])
    expect(causes(bill, spent({ model: 'a', usd: 1 }))).toEqual([[null, null, 'unexplained']])
    expect(causes(bill, [])).toEqual([[null, null, 'not_in_ledger']])
  })

  it('of Kimi count what is owed, and what was paid in between', () => {
    expect(causes(kimiBill(picoFromUsd(10)), spent({ model: 'kimi', usd: 3 }))).toEqual([])
    expect(causes(kimiBill(0n), spent({ model: 'kimi', usd: 3 }))).toEqual([[null, null, 'topped_up']])
  })

  it('are refused in another currency, and the wrong way round', () => {
    const yuan = { balance_infos: [{ currency: 'CNY', total_balance: '1.00' }] }
    expect(() => readTwice(yuan, 3)).toThrow('has no balance in USD')
    expect(() => readTwice(deepseek('1.00'), 1)).toThrow('second balance before the first')
    expect(() => readTwice({}, 3)).toThrow('is not an answer of /user/balance')
  })
})

it('what is expected alarms nobody', () => {
  const of = { check: 'bill', subject: 'openai', day: DAY, model: 'm', ledger: 5n } as const
  expect(alarming([{ ...of, other: 4n, cause: 'rounding' }])).toBe(0n)
  expect(
    alarming([
      { ...of, other: 2n, cause: 'tokens' },
      { ...of, other: 9n, cause: 'price' },
    ]),
  ).toBe(7n)
})
