// Rate-limit headers, provider by provider. Facts: OpenAI's rate limits guide and Anthropic's API reference (read 2026-10);
// Moonshot's help page names its three without a word on units. DeepSeek and Alibaba document none.

import type { Allowance, Left } from '../core/allowance.ts'
import { isProviderId, type ProviderId, type ProviderName } from '../core/route.ts'
import { readDurationMs } from './duration.ts'
import type { AnswerHeaders } from './wire-error.ts'

interface HeaderPair {
  readonly remaining: string
  readonly reset: string
}

interface AllowanceHeaders {
  readonly requests: HeaderPair
  /** The first pair that is there counts. */
  readonly tokens: readonly HeaderPair[]
  readonly countsCacheReads: boolean
}

const HEADERS: Readonly<Record<ProviderId, AllowanceHeaders | null>> = {
  deepseek: null,
  alibaba: null,
  moonshot: {
    requests: { remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
    tokens: [],
    countsCacheReads: true,
  },
  openai: {
    requests: { remaining: 'x-ratelimit-remaining-requests', reset: 'x-ratelimit-reset-requests' },
    tokens: [{ remaining: 'x-ratelimit-remaining-tokens', reset: 'x-ratelimit-reset-tokens' }],
    countsCacheReads: true,
  },
  anthropic: {
    requests: {
      remaining: 'anthropic-ratelimit-requests-remaining',
      reset: 'anthropic-ratelimit-requests-reset',
    },
    tokens: [
      {
        remaining: 'anthropic-ratelimit-input-tokens-remaining',
        reset: 'anthropic-ratelimit-input-tokens-reset',
      },
      { remaining: 'anthropic-ratelimit-tokens-remaining', reset: 'anthropic-ratelimit-tokens-reset' },
    ],
    countsCacheReads: false,
  },
}

/** Null where the answer says nothing that can be read. */
export function readAllowance(
  provider: ProviderName,
  headers: AnswerHeaders,
  nowMs: number,
): Allowance | null {
  // Whoever copies OpenAI's format copies its headers, or sends none.
  const names = HEADERS[isProviderId(provider) ? provider : 'openai']
  if (names === null) return null
  const requests = readLeft(headers, names.requests, nowMs)
  let tokens: Left | null = null
  for (const pair of names.tokens) tokens ??= readLeft(headers, pair, nowMs)
  if (requests === null && tokens === null) return null
  return { requests, tokens, countsCacheReads: names.countsCacheReads }
}

/** When the limit that is used up will be no more; null where none is. */
export function resetAfterMs(allowance: Allowance | null, nowMs: number): number | null {
  const spent = [allowance?.requests, allowance?.tokens].filter((left) => left != null && left.left <= 0)
  if (spent.length === 0) return null
  return Math.max(0, ...spent.map((left) => (left?.untilMs ?? 0) - nowMs))
}

function readLeft(headers: AnswerHeaders, { remaining, reset }: HeaderPair, nowMs: number): Left | null {
  const left = headers[remaining]
  const until = headers[reset]
  if (typeof left !== 'string' || typeof until !== 'string' || !/^\d{1,15}$/.test(left)) return null
  const untilMs = readMoment(until.trim(), nowMs)
  return untilMs === null ? null : { left: Number(left), untilMs }
}

/** Beyond a year it is seconds since 1970, beyond a thousand years of those milliseconds. */
const SECONDS_OF_A_YEAR = 31_536_000

/** A date, a duration such as `6m0s`, seconds from now, or a moment as a number. */
function readMoment(text: string, nowMs: number): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    const number = Number(text)
    if (number < SECONDS_OF_A_YEAR) return nowMs + Math.ceil(number * 1000)
    return number < SECONDS_OF_A_YEAR * 1000 ? number * 1000 : number
  }
  const durationMs = readDurationMs(text)
  if (durationMs !== null) return nowMs + durationMs
  const moment = Date.parse(text)
  return Number.isNaN(moment) ? null : moment
}
