// The bodies of POST and PATCH /admin/keys. Strict: an unknown field, or a limit that would not be kept, is refused.

import { z } from 'zod'
import { CONTENT_FILTER_CHOICES, STORE_AWAY_CHOICES } from '../core/caller.ts'
import { PROVIDER_IDS, type ProviderName } from '../core/route.ts'
import { TIERS, type Tier, tierRank } from '../core/tier.ts'
import { budgetsInput, limitsInput } from './budget-input.ts'
import { invalidInput, parseInput, strictInput } from './parse-input.ts'
import { parseInstant } from './parse-instant.ts'

const MAX_TAGS = 16
const MAX_LIST = 100
const LABEL = /^[A-Za-z0-9._-]{1,64}$/
const CONTROL = /\p{Cc}/u
/** A tier, an alias, `provider/model` or `provider/*`: whatever a request may name as its model, without spaces. */
const MODEL = /^[\x21-\x7e]{1,128}$/
const LABEL_RULE = 'must be 1 to 64 letters, digits, ".", "_" or "-"'

const name = z
  .string('must be a text of 1 to 100 characters')
  .refine((text) => text.length >= 1 && text.length <= 100, 'must have 1 to 100 characters')
  .refine((text) => !CONTROL.test(text), 'must not contain control characters')
  .refine((text) => text.trim() !== '', 'must not be blank')

const label = z.string(LABEL_RULE).regex(LABEL, LABEL_RULE)

const tags = z.preprocess(
  // zod leaves `__proto__` out of records without a word; a field that is dropped in silence is worse than an error.
  (value) => (value !== null && typeof value === 'object' && Object.hasOwn(value, '__proto__') ? '' : value),
  z
    .record(z.string().regex(LABEL, `is not a tag name: it ${LABEL_RULE}`), label, {
      error: (issue) =>
        issue.code === 'invalid_key'
          ? `has a name that is not one: it ${LABEL_RULE}`
          : 'must be an object of names and values: {"feature": "search"}',
    })
    .refine((entries) => Object.keys(entries).length <= MAX_TAGS, `must have at most ${MAX_TAGS} entries`),
)

const REQUEST_TAGS_RULE =
  'must be an object of names and the values that a request may bring: {"feature": ["a", "b"], "user": null}, or null for any'
const requestTags = z
  .record(
    label,
    z.array(label, REQUEST_TAGS_RULE).max(MAX_LIST, REQUEST_TAGS_RULE).nullable(),
    REQUEST_TAGS_RULE,
  )
  .refine((entries) => Object.keys(entries).length <= MAX_TAGS, `must have at most ${MAX_TAGS} entries`)

const MODEL_RULE = 'must be a tier, an alias, "provider/model" or "provider/*"'
const model = z
  .string(MODEL_RULE)
  .regex(MODEL, MODEL_RULE)
  .refine((text) => !text.includes('*') || /^[^*]+\/\*$/.test(text), {
    error: 'may have "*" only as "provider/*"',
  })
const modelList = z
  .array(model, 'must be a list of model names')
  .max(MAX_LIST, `must have at most ${MAX_LIST} entries`)

const models = strictInput(
  { allow: modelList.nullable().exactOptional(), deny: modelList.exactOptional() },
  { wanted: 'must be {"allow": [...] or null, "deny": [...]}' },
)

const jurisdictions = z
  .array(label.toLowerCase(), 'must be a list such as ["us", "sg"], or null for anywhere')
  .min(1, 'must not be empty; null means anywhere')
  .max(MAX_LIST, `must have at most ${MAX_LIST} entries`)

const tier = z.enum(TIERS, `must be one of ${TIERS.join(', ')}, or null`)

const BASELINE_RULE = 'must be "provider/model"'
const baseline = z
  .string(BASELINE_RULE)
  .refine((text) => MODEL.test(text) && /^[^/*]+\/[^*]+$/.test(text), BASELINE_RULE)

const onContentFilter = z.enum(
  CONTENT_FILTER_CHOICES,
  'must be "stop" (the client hears of it) or "next" (another provider is asked)',
)

const expiresAt = z.union(
  [z.string(), z.number().int().nonnegative()],
  'must be a moment such as "2027-01-31T00:00:00Z"',
)

const whenStoreAway = z.enum(
  STORE_AWAY_CHOICES,
  'must be "refuse" or "continue", or null: refuse where a hard budget counts, else as the configuration says',
)

const fields = {
  team: label.nullable().exactOptional(),
  project: label.nullable().exactOptional(),
  tags: tags.exactOptional(),
  request_tags: requestTags.nullable().exactOptional(),
  models: models.exactOptional(),
  jurisdictions: jurisdictions.nullable().exactOptional(),
  min_tier: tier.nullable().exactOptional(),
  max_tier: tier.nullable().exactOptional(),
  baseline: baseline.nullable().exactOptional(),
  on_content_filter: onContentFilter.exactOptional(),
  expires_at: expiresAt.nullable().exactOptional(),
  budgets: budgetsInput.exactOptional(),
  limits: limitsInput.exactOptional(),
  when_store_away: whenStoreAway.nullable().exactOptional(),
}

const words = { wanted: 'The body must be a JSON object' }
const createSchema = strictInput({ name, ...fields }, words)
const patchSchema = strictInput({ name: name.exactOptional(), ...fields }, words)

const PATCHABLE = Object.keys(patchSchema.shape)

/** The fields of a patch that are set, ready to be laid over a record. */
export type KeyFields = Omit<z.output<typeof patchSchema>, 'expires_at'> & {
  /** ISO 8601 in UTC. */
  readonly expires_at?: string | null
}

/** `providers`: those that a key may speak of. */
export function parseKeyToCreate(
  body: unknown,
  nowMs: number,
  providers: readonly ProviderName[] = PROVIDER_IDS,
): KeyFields & { readonly name: string } {
  const input = parseInput(createSchema, body)
  checkProviders(input, providers)
  return { ...readFields(input, nowMs), name: input.name }
}

export function parseKeyPatch(
  body: unknown,
  nowMs: number,
  providers: readonly ProviderName[] = PROVIDER_IDS,
): KeyFields {
  const input = parseInput(patchSchema, body)
  if (Object.keys(input).length === 0) {
    throw invalidInput(null, `The body changes nothing; send at least one of ${PATCHABLE.join(', ')}`)
  }
  checkProviders(input, providers)
  return readFields(input, nowMs)
}

const DEFAULT_OVERLAP_SECONDS = 86_400
const MAX_OVERLAP_SECONDS = 30 * 86_400
const OVERLAP_RULE = `must be a whole number of seconds from 0 to ${MAX_OVERLAP_SECONDS}`
const rotateSchema = strictInput(
  {
    overlap_seconds: z
      .int(OVERLAP_RULE)
      .min(0, OVERLAP_RULE)
      .max(MAX_OVERLAP_SECONDS, OVERLAP_RULE)
      .exactOptional(),
  },
  words,
)

/** How long the key from before is taken still, milliseconds. */
export function parseRotation(body: unknown): number {
  const { overlap_seconds: seconds = DEFAULT_OVERLAP_SECONDS } = parseInput(rotateSchema, body ?? {})
  return seconds * 1000
}

/** Throws where the bounds leave no tier in between. */
export function checkTierOrder(minTier: Tier | null, maxTier: Tier | null): void {
  if (minTier === null || maxTier === null || tierRank(minTier) <= tierRank(maxTier)) return
  throw invalidInput(
    'max_tier',
    `is below min_tier (${minTier}); the tiers are, lowest first, ${TIERS.join(', ')}`,
  )
}

function readFields(input: z.output<typeof patchSchema>, nowMs: number): KeyFields {
  const { expires_at: expires, ...rest } = input
  if (expires === undefined) return rest
  if (expires === null) return { ...rest, expires_at: null }
  const expiresAtMs = parseInstant(expires, 'expires_at')
  if (expiresAtMs <= nowMs) throw invalidInput('expires_at', 'is in the past; to end a key now, revoke it')
  return { ...rest, expires_at: new Date(expiresAtMs).toISOString() }
}

/** A rule about a provider that does not exist would never hold, whatever its writer believes. */
function checkProviders(input: z.output<typeof patchSchema>, providers: readonly ProviderName[]): void {
  const check = (field: string, named: string): void => {
    if (!named.includes('/') || providers.includes(named.split('/', 1)[0] ?? '')) return
    throw invalidInput(field, `names a provider that does not exist; there are ${providers.join(', ')}`)
  }
  for (const list of ['allow', 'deny'] as const)
    for (const [place, rule] of (input.models?.[list] ?? []).entries()) check(`models.${list}.${place}`, rule)
  if (input.baseline != null) check('baseline', input.baseline)
}
