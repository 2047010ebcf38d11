// What a client is told about its request besides the answer: headers, and usage with cost in OpenAI's shape.

import { formatPico, formatUsd } from '../core/money.ts'
import { type AttemptRecord, addCost, type Cost, NO_COST } from '../core/request-record.ts'
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
  const headers = [
    'x-farthing-provider',
    input.provider,
    'x-farthing-model',
    input.model,
    'x-farthing-tier',
    input.tier,
    'x-farthing-attempts',
    String(input.attempts),
    'x-farthing-estimated-cost-usd',
    formatPico(input.estimatedCost),
  ]
  if (input.dropped.length > 0) headers.push('x-farthing-dropped', formatNames(input.dropped))
  return headers
}

const MAX_NAMES = 32
const MAX_NAME_LENGTH = 64

/** Names that a client may have made up, as one header value. */
function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => name.slice(0, MAX_NAME_LENGTH))
  const more = names.length > MAX_NAMES ? [`and ${names.length - MAX_NAMES} more`] : []
  return [...shown.map((name) => name.replace(/[^\w.-]/g, '?')), ...more].join(', ')
}

export function costHeaders({ cost, baseline }: Bill): ReplyHeaders {
  return [
    'x-farthing-cost-usd',
    formatPico(cost.total),
    'x-farthing-saved-usd',
    formatPico(baseline - cost.total),
  ]
}

/**
 * OpenAI's `usage` with what it cost, as JSON. `reported` keeps fields of the provider's own that we do not know. Written
 * by hand: every answer has one, and half of it never changes.
 */
export function usageJson(usage: Usage, { cost, baseline, source }: Bill, reported: unknown): string {
  const prompt = promptTokens(usage)
  const told = asRecord(reported)
  return (
    `{"prompt_tokens":${prompt},"completion_tokens":${usage.output},"total_tokens":${prompt + usage.output},` +
    `"prompt_tokens_details":{"cached_tokens":${usage.cacheRead}${othersOf(told['prompt_tokens_details'], ['cached_tokens'])}},` +
    `"completion_tokens_details":{"reasoning_tokens":${usage.reasoning}` +
    `${othersOf(told['completion_tokens_details'], ['reasoning_tokens'])}},"cost":${formatUsd(cost.total)},` +
    `"cost_details":{"input":${formatUsd(cost.input)},"cached_input":${formatUsd(cost.cachedInput)},` +
    `"cache_write":${formatUsd(cost.cacheWrite)},"output":${formatUsd(cost.output)},` +
    `"baseline":${formatUsd(baseline)},"saved":${formatUsd(baseline - cost.total)},"source":"${source}"}` +
    `${othersOf(told, USAGE_FIELDS)}}`
  )
}

const USAGE_FIELDS = [
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
  'cost',
  'cost_details',
]

/** The members of an object whose names are not `ours`, as JSON to be added to it. */
function othersOf(value: unknown, ours: readonly string[]): string {
  const record = asRecord(value)
  let json = ''
  for (const name of Object.keys(record)) {
    if (!ours.includes(name)) json += `,${JSON.stringify(name)}:${JSON.stringify(record[name])}`
  }
  return json
}

/** The bill over attempts that were billed; `source` is the least certain among them. */
export function billOf(attempts: readonly AttemptRecord[], baseline: number): Bill {
  let cost = NO_COST
  let source: UsageSource = 'provider'
  for (const attempt of attempts) {
    cost = addCost(cost, attempt.cost)
    if (attempt.source === 'estimated' || (attempt.source === 'drained' && source === 'provider'))
      source = attempt.source
  }
  return { cost, baseline, source }
}

const NOTHING: Readonly<Record<string, unknown>> = {}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : NOTHING
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
