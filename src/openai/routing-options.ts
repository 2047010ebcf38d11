// What a client may tell the router: the body's `routing` object and the `x-farthing-*` headers. Neither travels upstream.

import { z } from 'zod'
import { GatewayError } from '../core/errors.ts'
import { picoFromUsd } from '../core/money.ts'
import { PROVIDER_IDS, type ProviderName } from '../core/route.ts'
import { isTier, TIERS, type Tier } from '../core/tier.ts'
import type { RoutingOptions } from './chat-request.ts'

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>

const MAX_SESSION_LENGTH = 256
const MAX_TAGS = 16
const MAX_COST_USD = 9000
const TAG = /^([A-Za-z0-9._-]{1,64})=([A-Za-z0-9._-]{1,64})$/

const TIER_RULE = `must be one of ${TIERS.join(', ')}`
const MAX_COST_RULE = `must be a number of US dollars above 0 and at most ${MAX_COST_USD}`
const PROVIDERS_RULE = 'must be a list of names of providers'
const JURISDICTIONS_RULE = 'must be a list of jurisdictions such as ["us", "sg"]'
const SESSION_RULE = `must be a text of 1 to ${MAX_SESSION_LENGTH} characters`

const providerList = z.array(z.string('must be the name of a provider'), PROVIDERS_RULE)
const jurisdiction = z
  .string(JURISDICTIONS_RULE)
  .min(1, JURISDICTIONS_RULE)
  .max(100, JURISDICTIONS_RULE)
  .toLowerCase()
const jurisdictionList = z.array(jurisdiction, JURISDICTIONS_RULE)
const AT_LEAST_ONE = 'must name at least one; leave it out for all'

const schema = strictly({
  tier: z.enum(TIERS, TIER_RULE).optional(),
  max_cost_usd: z.number(MAX_COST_RULE).positive(MAX_COST_RULE).max(MAX_COST_USD, MAX_COST_RULE).optional(),
  providers: strictly({
    only: providerList.min(1, AT_LEAST_ONE).optional(),
    ignore: providerList.optional(),
  }).optional(),
  jurisdictions: strictly({
    only: jurisdictionList.min(1, AT_LEAST_ONE).optional(),
    ignore: jurisdictionList.optional(),
  }).optional(),
  session: z.string(SESSION_RULE).min(1, SESSION_RULE).max(MAX_SESSION_LENGTH, SESSION_RULE).optional(),
  explain: z.boolean('must be true or false').optional(),
  strict: z.boolean('must be true or false').optional(),
})

/** An object that names its fields to whoever sends another one. */
function strictly<Shape extends z.core.$ZodShape>(shape: Shape) {
  const fields = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `is not known; there are ${fields}`
        : `must be an object with ${fields}`,
  })
}

const NONE: RoutingOptions = {
  tier: null,
  maxCost: null,
  providers: { only: null, ignore: [] },
  jurisdictions: { only: null, ignore: [] },
  session: null,
  explain: false,
  strict: false,
  tags: {},
}

/** `value` is the body's `routing`, or undefined; `known`: names of providers. Throws GatewayError `invalid_request`. */
export function readRoutingOptions(
  value: unknown,
  headers: RequestHeaders,
  known: readonly ProviderName[] = PROVIDER_IDS,
): RoutingOptions {
  const fromHeaders = readHeaders(headers)
  if (value === undefined || value === null) return fromHeaders
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw readIssue(parsed.error)
  const { tier, max_cost_usd: maxCostUsd, providers, jurisdictions, session, explain, strict } = parsed.data
  for (const list of ['only', 'ignore'] as const) {
    const stranger = providers?.[list]?.findIndex((name) => !known.includes(name)) ?? -1
    if (stranger !== -1)
      throw invalid(`routing.providers.${list}[${stranger}]`, `must be one of ${known.join(', ')}`)
  }
  return {
    tier: tier ?? fromHeaders.tier,
    maxCost: maxCostUsd === undefined ? null : readMaxCost(maxCostUsd),
    providers: { only: providers?.only ?? null, ignore: providers?.ignore ?? [] },
    jurisdictions: { only: jurisdictions?.only ?? null, ignore: jurisdictions?.ignore ?? [] },
    session: session ?? fromHeaders.session,
    explain: explain ?? false,
    strict: strict ?? false,
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
    const [, tagName, value] = TAG.exec(part) ?? []
    // Assigning to `__proto__` adds nothing to an object; a tag that is lost in silence is worse than an error.
    if (tagName === undefined || value === undefined || tagName === '__proto__') {
      throw invalid(
        'x-farthing-tags',
        'must look like "team=a,feature=b": names and values of up to 64 letters, digits, ".", "_" or "-"',
      )
    }
    tags[tagName] = value
  }
  return tags
}

function readMaxCost(usd: number): number {
  // Finer than a picodollar makes no sense as a limit; the digits beyond are cut, so that the limit is never exceeded.
  return Number(picoFromUsd(usd.toFixed(13).slice(0, -1)))
}

function readIssue(error: z.ZodError): GatewayError {
  const [issue] = error.issues
  if (issue === undefined) throw new Error('zod refused without an issue')
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = ['routing', ...issue.path, ...unknown]
    .map((part, place) =>
      typeof part === 'number' ? `[${part}]` : `${place === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
  return invalid(path.slice(0, 200), issue.message)
}

function header(headers: RequestHeaders, headerName: string): string | null {
  const value = headers[headerName]
  return typeof value === 'string' ? value : null
}

function invalid(param: string, problem: string): GatewayError {
  const shown = JSON.stringify(param).slice(1, -1)
  return new GatewayError('invalid_request', `"${shown}" ${problem}.`, { param: shown })
}
