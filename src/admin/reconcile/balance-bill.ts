// Providers without a cost export tell a balance: what it fell by between two moments is what they billed. DeepSeek: GET
// /user/balance (api-docs.deepseek.com/api/get-user-balance). Kimi: GET /v1/users/me/balance (platform.kimi.ai/docs/api/balance;
// USD at api.moonshot.ai, CNY at api.moonshot.cn, which the answer does not say). Read 2026-11-25.

import { z } from 'zod'
import { picoFromUsd } from '../../core/money.ts'
import { type Bill, BillError, picoFromNumber } from './bill.ts'

export const BALANCE_PROVIDERS = ['deepseek', 'moonshot'] as const
export type BalanceProvider = (typeof BALANCE_PROVIDERS)[number]

/** A balance, and when it was asked for. */
export interface BalanceAt {
  readonly atMs: number
  /** The provider's answer as it came. */
  readonly balance: unknown
}

export interface Balances {
  readonly provider: BalanceProvider
  readonly before: BalanceAt
  readonly after: BalanceAt
  /** Paid in between the two. */
  readonly toppedUp: bigint
}

const deepseek = z.object({
  balance_infos: z.array(
    z.object({ currency: z.string(), total_balance: z.string().regex(/^-?\d+(?:\.\d{1,12})?$/) }),
  ),
})
const moonshot = z.object({
  data: z.object({ voucher_balance: z.number(), cash_balance: z.number() }),
})

/** DeepSeek writes two decimals, and each of the two may be off by half of one; Kimi five. */
const ROUNDING: Readonly<Record<BalanceProvider, bigint>> = {
  deepseek: 10_000_000_000n,
  moonshot: 10_000_000n,
}

export function readBalanceBill({ provider, before, after, toppedUp }: Balances): Bill {
  if (after.atMs <= before.atMs) throw new BillError('has its second balance before the first')
  const fell = readBalance(provider, before.balance) - readBalance(provider, after.balance) + toppedUp
  return {
    provider,
    fromMs: before.atMs,
    toMs: after.atMs,
    lines: [{ day: null, model: null, cost: fell, tokens: null, charge: null }],
    rounding: ROUNDING[provider],
  }
}

function readBalance(provider: BalanceProvider, answer: unknown): bigint {
  if (provider === 'moonshot') {
    const parsed = moonshot.safeParse(answer)
    if (!parsed.success) throw new BillError('is not an answer of /v1/users/me/balance')
    // Not `available_balance`: it hides what is owed.
    return picoFromNumber(parsed.data.data.voucher_balance) + picoFromNumber(parsed.data.data.cash_balance)
  }
  const parsed = deepseek.safeParse(answer)
  if (!parsed.success) throw new BillError('is not an answer of /user/balance')
  const usd = parsed.data.balance_infos.find(({ currency }) => currency === 'USD')
  if (usd === undefined) throw new BillError('has no balance in USD, and no other can be compared')
  return picoFromUsd(usd.total_balance)
}
