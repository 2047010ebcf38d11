// What a client is told when a budget or a limit has no room for its request: which one, and when there will be.

import type { ScopedBudget } from '../budgets/scoped-budget.ts'
import { GatewayError } from '../core/errors.ts'
import { formatUsd } from '../core/money.ts'
import { type Admission, type Demand, type Rate, type RateState, ROUTE_RATE } from '../ledger/admission.ts'
import type { ReplyHeaders } from './client-reply.ts'
import type { Story } from './story.ts'

type NoRoom = Extract<Admission, { kind: 'no_room' }>
type Limited = Extract<Admission, { kind: 'limited' }>

const PERIOD_WORDS = { day: 'daily', week: 'weekly', month: 'monthly', total: 'total' } as const
const RATE_WORDS = {
  requests: 'requests per min (RPM)',
  tokens: 'tokens per min (TPM)',
  concurrency: 'concurrent requests',
} as const

export function noRoom(scoped: ScopedBudget, story: Story, { spent, held }: NoRoom): GatewayError {
  const { scope, name, budget } = scoped
  const span = scoped.spanAt(story.startedAtMs)
  const resets =
    span === null
      ? 'It does not reset by itself.'
      : `It resets at ${new Date(span.untilMs).toISOString()} (midnight in ${budget.timeZone}).`
  // What others of the team or the organisation spend is theirs.
  const state =
    scope === 'key'
      ? `: ${formatUsd(spent)} USD are spent and ${formatUsd(held)} USD are held by requests under way`
      : ''
  return new GatewayError(
    'insufficient_quota',
    `The ${PERIOD_WORDS[budget.period]} budget of ${whoseWords(scope, name)}, ${formatUsd(budget.limit)} USD, has no room for this request, ` +
      `which may cost up to ${formatUsd(story.plan.worstCaseAt(0))} USD${state}. ${resets}`,
  )
}

function whoseWords(scope: string, name: string): string {
  if (scope === 'org') return 'the organisation'
  return scope === 'key' ? 'this API key' : `${scope} "${name}"`
}

export function rateLimited(demand: Demand, { rate: place, by, retryAfterMs, rates }: Limited): GatewayError {
  const rate = demand.rates[place]
  const state = rates[place]
  if (rate === undefined || state === undefined) throw new Error('a refusal by a limit that was not asked')
  const [scope = '', name = ''] = rate.name.split(':')
  const whose = whoseWords(scope, name)
  const limit = rate[by] ?? 0
  const headers = { ...retryHeaders(retryAfterMs), ...Object.fromEntries(pairs(rateHeaders(demand, rates))) }
  if (by === 'tokens' && demand.expectedTokens > limit) {
    return new GatewayError(
      'rate_limit_exceeded',
      `Request too large for ${whose} on ${RATE_WORDS.tokens}: Limit ${limit}, Requested ${demand.expectedTokens}. ` +
        'It will never fit; shorten it or ask for less output.',
      { headers: { ...headers, 'x-should-retry': 'false' } },
    )
  }
  const used =
    by === 'concurrency'
      ? ''
      : `, Used ${state[by]}${by === 'tokens' ? `, Requested ${demand.expectedTokens}` : ''}`
  return new GatewayError(
    'rate_limit_exceeded',
    `Rate limit reached for ${whose} on ${RATE_WORDS[by]}: Limit ${limit}${used}. ` +
      `Please try again in ${formatDuration(retryAfterMs)}.`,
    { headers },
  )
}

/** The operator's limits for providers are no business of the client's; that they are used up is. */
export function noPlace(retryAfterMs: number): GatewayError {
  return new GatewayError(
    'rate_limit_exceeded',
    `Every route that could serve this request is at its limit now. Please try again in ${formatDuration(retryAfterMs)}.`,
    { headers: retryHeaders(retryAfterMs) },
  )
}

/** OpenAI's, of the limit that is nearest to its end. */
export function rateHeaders({ rates }: Demand, states: readonly RateState[]): ReplyHeaders {
  return [...headersOf('requests', rates, states), ...headersOf('tokens', rates, states)]
}

function headersOf(
  kind: 'requests' | 'tokens',
  rates: readonly Rate[],
  states: readonly RateState[],
): ReplyHeaders {
  let nearest: { limit: number; remaining: number; resetMs: number } | null = null
  for (const [index, rate] of rates.entries()) {
    const limit = rate[kind]
    const state = states[index]
    if (limit === null || state === undefined || rate.name.startsWith(ROUTE_RATE)) continue
    const remaining = Math.max(0, limit - state[kind])
    if (nearest === null || remaining < nearest.remaining)
      nearest = { limit, remaining, resetMs: state.resetMs }
  }
  if (nearest === null) return []
  return [
    `x-ratelimit-limit-${kind}`,
    String(nearest.limit),
    `x-ratelimit-remaining-${kind}`,
    String(nearest.remaining),
    `x-ratelimit-reset-${kind}`,
    formatDuration(nearest.resetMs),
  ]
}

/** Whole seconds for those who read the standard's header, milliseconds for OpenAI's own clients. */
function retryHeaders(retryAfterMs: number): Readonly<Record<string, string>> {
  return {
    'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    'retry-after-ms': String(Math.max(1, Math.ceil(retryAfterMs))),
  }
}

/** As OpenAI writes it: 420ms, 6.5s, 1m0s. */
function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.ceil(ms))}ms`
  const minutes = Math.floor(ms / 60_000)
  const seconds = Math.ceil(ms - minutes * 60_000) / 1000
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`
}

function* pairs(headers: ReplyHeaders): Generator<readonly [string, string]> {
  for (let index = 0; index + 1 < headers.length; index += 2)
    yield [headers[index] ?? '', headers[index + 1] ?? '']
}
