// What a client may tell the router: the body's `routing` object and the `x-farthing-*` headers. Neither travels upstream.

import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import { picoFromUsd } from '../core/money.ts'
import { PROVIDER_IDS } from '../core/route.ts'
import { isTier, TIERS, type Tier } from '../core/tier.ts'
import type { RoutingOptions } from './chat-request.ts'

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

const MAX_SESSION_LENGTH = 256
const MAX_TAGS = 16
const TAG = /^([A-Za-z0-9._-]{1,64})=([A-Za-z0-9._-]{1,64})$/

const name = z.string().min(1).max(100)
const schema = z.strictObject({
  tier: z.enum(TIERS).optional(),
  max_cost_usd: z.number().positive().max(9000).optional(),
  providers: z
    .strictObject({
      only: z.array(z.enum(PROVIDER_IDS)).min(1).optional(),
      ignore: z.array(z.enum(PROVIDER_IDS)).optional(),
    })
    .optional(),
  jurisdictions: z
    .strictObject({ only: z.array(name).min(1).optional(), ignore: z.array(name).optional() })
    .optional(),
  session: z.string().min(1).max(MAX_SESSION_LENGTH).optional(),
  explain: z.boolean().optional(),
})

const NONE: RoutingOptions = {
  tier: null,
  maxCost: null,
  providers: { only: null, ignore: [] },
  jurisdictions: { only: null, ignore: [] },
  session: null,
  explain: false,
  tags: {},
}

/** `value` is the body's `routing`, or undefined. Throws GatewayError `invalid_request`. */
export function readRoutingOptions(value: unknown, headers: RequestHeaders): RoutingOptions {
  const fromHeaders = readHeaders(headers)
  if (value === undefined || value === null) return fromHeaders
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw readIssue(parsed.error)
  const { tier, max_cost_usd: maxCostUsd, providers, jurisdictions, session, explain } = parsed.data
  return {
    tier: tier ?? fromHeaders.tier,
    maxCost: maxCostUsd === undefined ? null : readMaxCost(maxCostUsd),
    providers: { only: providers?.only ?? null, ignore: providers?.ignore ?? [] },
    jurisdictions: { only: jurisdictions?.only ?? null, ignore: jurisdictions?.ignore ?? [] },
    session: session ?? fromHeaders.session,
    explain: explain ?? false,
    tags: fromHeaders.tags,
  }
}

function readHeaders(headers: RequestHeaders): RoutingOptions {
  const tier = header(headers, 'x-farthing-tier')
  const tags = header(headers, 'x-farthing-tags')
  const session = header(headers, 'x-farthing-session')
  if (tier === null && tags === null && session === null) return NONE
  if (session !== null && session.length > MAX_SESSION_LENGTH)
    throw invalid('x-farthing-session', `is longer than ${MAX_SESSION_LENGTH} characters`)
  return {
    ...NONE,
    tier: tier === null ? null : readTier(tier),
    tags: tags === null ? {} : readTags(tags),
    session,
  }
}

function readTier(text: string): Tier {
  const tier = text.trim()
  if (!isTier(tier)) throw invalid('x-farthing-tier', `must be one of ${TIERS.join(', ')}`)
  return tier
}

function readTags(text: string): Readonly<Record<string, string>> {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.length > MAX_TAGS)
    throw invalid('x-farthing-tags', `has ${parts.length} tags; at most ${MAX_TAGS} are allowed`)
  const tags: Record<string, string> = {}
  for (const part of parts) {
    const match = TAG.exec(part)
    if (match?.[1] === undefined || match[2] === undefined) {
      throw invalid(
        'x-farthing-tags',
        'must look like "team=a,feature=b": names and values of up to 64 letters, digits, ".", "_" or "-"',
      )
    }
    tags[match[1]] = match[2]
  }
  return tags
}

function readMaxCost(usd: number): number {
  // Finer than a picodollar makes no sense as a limit; the digits beyond are cut, so that the limit is never exceeded.
  return Number(picoFromUsd(usd.toFixed(13).slice(0, -1)))
}

function readIssue(error: z.ZodError): GatewayError {
  const issue = error.issues[0]
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = ['routing', ...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
    .map(String)
    .join('.')
    .slice(0, 200)
  if (unknown !== undefined) {
    return invalid(
      path,
      'is not known; "routing" takes tier, max_cost_usd, providers, jurisdictions, session and explain',
    )
  }
  return invalid(path, `is not right: ${issue?.message ?? 'malformed'}`)
}

function header(headers: RequestHeaders, headerName: string): string | null {
  const value = headers[headerName]
  return typeof value === 'string' ? value : null
}

function invalid(param: string, problem: string): GatewayError {
  const shown = JSON.stringify(param).slice(1, -1)
  return new GatewayError('invalid_request', `"${shown}" ${problem}.`, { param: shown })
}
