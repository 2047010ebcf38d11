// OpenAI's exports: GET /v1/organization/costs (group_by=line_item) and GET /v1/organization/usage/completions
// (group_by=model), pages of buckets of a day in UTC. Source: the API reference, "Costs" and "Completions usage"
// (platform.openai.com/docs/api-reference/usage, as in the OpenAPI document 2.3.0), read 2026-11-25.

import { z } from 'zod'
import { type Bill, BillError, type BillLine, dayOf, picoFromNumber, readBuckets } from './bill.ts'

const cost = z.object({
  object: z.literal('organization.costs.result'),
  amount: z.object({ value: z.number(), currency: z.string() }),
  line_item: z.string().nullish(),
})
const usage = z.object({
  object: z.literal('organization.usage.completions.result'),
  /** Cached ones are inside. */
  input_tokens: z.number(),
  output_tokens: z.number(),
  model: z.string().nullish(),
})
const page = z.object({
  object: z.literal('page'),
  data: z.array(
    z.object({
      start_time: z.number(),
      end_time: z.number(),
      results: z.array(z.discriminatedUnion('object', [cost, usage])),
    }),
  ),
})

/** A line item is a model and what was counted of it: `gpt-5.4-nano-2026-03-17, cached input`. */
const TOKEN_ITEM = /^(.+?),\s*(?:cached |audio |image |text )*(?:input|output)(?: tokens?)?$/i
/** Amounts come as doubles with many decimals; sums of them are off by less than this. */
const ROUNDING = 1_000_000n

export function readOpenaiBill(pages: readonly unknown[]): Bill {
  const buckets = readBuckets(
    pages,
    page,
    '/v1/organization/costs or /v1/organization/usage/completions as OpenAI',
  )
  return {
    provider: 'openai',
    fromMs: Math.min(...buckets.map(({ start_time: start }) => start)) * 1000,
    toMs: Math.max(...buckets.map(({ end_time: end }) => end)) * 1000,
    lines: buckets.flatMap(({ start_time: start, results }) =>
      results.map((result) => readLine(dayOf(start * 1000), result)),
    ),
    rounding: ROUNDING,
  }
}

function readLine(day: string, result: z.infer<typeof cost> | z.infer<typeof usage>): BillLine {
  if (result.object === 'organization.usage.completions.result') {
    const { input_tokens: input, output_tokens: output, model } = result
    return { day, model: model ?? null, cost: null, tokens: { input, output }, charge: null }
  }
  const { amount, line_item: item } = result
  if (amount.currency.toLowerCase() !== 'usd')
    throw new BillError(`is in ${amount.currency.slice(0, 8)}; only usd can be compared`)
  const model = item == null ? null : (TOKEN_ITEM.exec(item)?.[1] ?? null)
  return {
    day,
    model,
    cost: picoFromNumber(amount.value),
    tokens: null,
    charge: item == null || model !== null ? null : item,
  }
}
