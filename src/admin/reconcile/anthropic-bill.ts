// Anthropic's exports: GET /v1/organizations/cost_report (group_by[]=description) and
// GET /v1/organizations/usage_report/messages (group_by[]=model, bucket_width=1d), in UTC. Source:
// platform.claude.com/docs/en/api/admin/cost_report and …/usage_report, read 2026-11-25.

import { z } from 'zod'
import { picoFromUsd } from '../../core/money.ts'
import { type Bill, BillError, type BillLine, dayOf, readBuckets } from './bill.ts'

const cost = z.object({
  /** Cents, with decimals: "123.45" is 1.2345 USD. */
  amount: z.string().regex(/^-?\d+(?:\.\d{1,10})?$/),
  currency: z.string(),
  cost_type: z.string().nullish(),
  description: z.string().nullish(),
  model: z.string().nullish(),
})
const usage = z.object({
  uncached_input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation: z.object({ ephemeral_1h_input_tokens: z.number(), ephemeral_5m_input_tokens: z.number() }),
  output_tokens: z.number(),
  model: z.string().nullish(),
})
const page = z.object({
  data: z.array(
    z.object({
      starting_at: z.iso.datetime({ offset: true }),
      ending_at: z.iso.datetime({ offset: true }),
      results: z.array(z.union([cost, usage])),
    }),
  ),
})

const ROUNDING = 1_000_000n

export function readAnthropicBill(pages: readonly unknown[]): Bill {
  const buckets = readBuckets(
    pages,
    page,
    '/v1/organizations/cost_report or /v1/organizations/usage_report/messages as Anthropic',
  )
  return {
    provider: 'anthropic',
    fromMs: Math.min(...buckets.map((bucket) => Date.parse(bucket.starting_at))),
    toMs: Math.max(...buckets.map((bucket) => Date.parse(bucket.ending_at))),
    lines: buckets.flatMap((bucket) =>
      bucket.results.map((result) => readLine(dayOf(Date.parse(bucket.starting_at)), result)),
    ),
    rounding: ROUNDING,
  }
}

function readLine(day: string, result: z.infer<typeof cost> | z.infer<typeof usage>): BillLine {
  if ('amount' in result) {
    if (result.currency.toUpperCase() !== 'USD')
      throw new BillError(`is in ${result.currency.slice(0, 8)}; only USD can be compared`)
    const isTokens = result.cost_type == null || result.cost_type === 'tokens'
    return {
      day,
      model: result.model ?? null,
      cost: picoFromUsd(result.amount) / 100n,
      tokens: null,
      charge: isTokens ? null : (result.description ?? result.cost_type ?? null),
    }
  }
  const { cache_creation: written } = result
  return {
    day,
    model: result.model ?? null,
    cost: null,
    tokens: {
      input:
        result.uncached_input_tokens +
        result.cache_read_input_tokens +
        written.ephemeral_1h_input_tokens +
        written.ephemeral_5m_input_tokens,
      output: result.output_tokens,
    },
    charge: null,
  }
}
