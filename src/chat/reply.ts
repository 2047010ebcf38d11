// What a client is told about its request besides the answer: headers, and usage with cost in OpenAI's shape.

import { usdFromPico } from '../core/money.ts'
import type { AttemptRecord, Cost } from '../core/request-record.ts'
import { promptTokens, type Usage, type UsageSource } from '../core/usage.ts'
import type { ReplyHeaders } from './client-reply.ts'

/** What a request has cost so far, over all its attempts. */
export interface Bill {
  readonly cost: Cost
  readonly baseline: number
  /** The least certain source among the attempts. */
  readonly source: UsageSource
}

export interface RouteHeadersInput {
  readonly provider: string
  readonly model: string
  readonly tier: string
  readonly attempts: number
  readonly estimatedCost: number
  /** Parameters of the request that the provider would have refused and that were left out. */
  readonly dropped: readonly string[]
}

export function routeHeaders(input: RouteHeadersInput): ReplyHeaders {
  const headers = {
    'x-farthing-provider': input.provider,
    'x-farthing-model': input.model,
    'x-farthing-tier': input.tier,
    'x-farthing-attempts': String(input.attempts),
    'x-farthing-estimated-cost-usd': formatHeaderUsd(input.estimatedCost),
  }
  return input.dropped.length === 0
    ? headers
    : { ...headers, 'x-farthing-dropped': formatNames(input.dropped) }
}

const MAX_NAMES = 32
const MAX_NAME_LENGTH = 64

/** Names that a client may have made up, as one header value. */
function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME_LENGTH))
  const more = names.length > MAX_NAMES ? [`and ${names.length - MAX_NAMES} more`] : []
  return [...shown.map((name) => name.replace(/[^\w.-]/g, '?')), ...more].join(', ')
}

export function costHeaders(bill: Bill): ReplyHeaders {
  return {
    'x-farthing-cost-usd': formatHeaderUsd(bill.cost.total),
    'x-farthing-saved-usd': formatHeaderUsd(bill.baseline - bill.cost.total),
  }
}

/** OpenAI's `usage` with what it cost. `reported` keeps fields of the provider's own that we do not know. */
export function usageBody(usage: Usage, bill: Bill, reported: unknown): Record<string, unknown> {
  const prompt = promptTokens(usage)
  const { cost } = bill
  return {
    ...asRecord(reported),
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { ...nested(reported, 'prompt_tokens_details'), cached_tokens: usage.cacheRead },
    completion_tokens_details: {
      ...nested(reported, 'completion_tokens_details'),
      reasoning_tokens: usage.reasoning,
    },
    cost: usdFromPico(cost.total),
    cost_details: {
      input: usdFromPico(cost.input),
      cached_input: usdFromPico(cost.cachedInput),
      cache_write: usdFromPico(cost.cacheWrite),
      output: usdFromPico(cost.output),
      baseline: usdFromPico(bill.baseline),
      saved: usdFromPico(bill.baseline - cost.total),
      source: bill.source,
    },
  }
}

/** The bill over attempts that were billed; `source` is the least certain among them. */
export function billOf(attempts: readonly AttemptRecord[], baseline: number): Bill {
  let cost: Cost = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, total: 0 }
  let source: UsageSource = 'provider'
  for (const attempt of attempts) {
    cost = {
      input: cost.input + attempt.cost.input,
      cachedInput: cost.cachedInput + attempt.cost.cachedInput,
      cacheWrite: cost.cacheWrite + attempt.cost.cacheWrite,
      output: cost.output + attempt.cost.output,
      total: cost.total + attempt.cost.total,
    }
    if (attempt.source === 'estimated' || (attempt.source === 'drained' && source === 'provider'))
      source = attempt.source
  }
  return { cost, baseline, source }
}

/** Decimal notation down to the picodollar, for headers that people and shells read. */
function formatHeaderUsd(pico: number): string {
  return usdFromPico(pico).toFixed(12)
}

function nested(value: unknown, name: string): Record<string, unknown> {
  const record = asRecord(value)
  return asRecord(record[name])
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
