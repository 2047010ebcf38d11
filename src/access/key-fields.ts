// What may be said of a virtual key, to the admin API or in the configuration. Strict: an unknown field, or a limit that would
// not be kept, is refused.

import { z } from 'zod'
import { CONTENT_FILTER_CHOICES, STORE_AWAY_CHOICES } from '../core/caller.ts'
import type { ProviderName } from '../core/route.ts'
import { TIERS, type Tier, tierRank } from '../core/tier.ts'
import { budgetsInput, limitsInput } from './budget-fields.ts'
import { strictInput } from './strict-input.ts'

const MAX_TAGS = 16
const MAX_LIST = 100
const LABEL = /^[A-Za-z0-9._-]{1,64}$/
const CONTROL = /\p{Cc}/u
/** A tier, an alias, `provider/model` or `provider/*`: whatever a request may name as its model, without spaces. */
const MODEL = /^[\x21-\x7e]{1,128}$/
const LABEL_RULE = 'must be 1 to 64 letters, digits, ".", "_" or "-"'

export const keyName = z
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

export const keyInstant = z.union(
  [z.string(), z.number().int().nonnegative()],
  'must be a moment such as "2027-01-31T00:00:00Z"',
)

const whenStoreAway = z.enum(
  STORE_AWAY_CHOICES,
  'must be "refuse" or "continue", or null: refuse where a hard budget counts, else as the configuration says',
)

/** All but the name. */
export const keyFields = {
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
  expires_at: keyInstant.nullable().exactOptional(),
  budgets: budgetsInput.exactOptional(),
  limits: limitsInput.exactOptional(),
  when_store_away: whenStoreAway.nullable().exactOptional(),
}

const fieldsSchema = z.object(keyFields)
type KeyFields = z.output<typeof fieldsSchema>

export interface FieldProblem {
  readonly field: string
  /** Goes on after the field's name: `is below min_tier`. */
  readonly problem: string
}

/** A rule about a provider that does not exist would never hold, whatever its writer believes. */
export function findUnknownProviders(
  input: Pick<KeyFields, 'models' | 'baseline'>,
  providers: readonly ProviderName[],
): readonly FieldProblem[] {
  const problem = `names a provider that does not exist; there are ${providers.join(', ')}`
  const rules = (['allow', 'deny'] as const).flatMap((list) =>
    (input.models?.[list] ?? []).map((rule, place) => [`models.${list}.${place}`, rule] as const),
  )
  const all = input.baseline == null ? rules : [...rules, ['baseline', input.baseline] as const]
  return all
    .filter(([, named]) => named.includes('/') && !providers.includes(named.split('/', 1)[0] ?? ''))
    .map(([field]) => ({ field, problem }))
}

/** Null where the bounds leave a tier in between. */
export function findTierDisorder(minTier: Tier | null, maxTier: Tier | null): FieldProblem | null {
  if (minTier === null || maxTier === null || tierRank(minTier) <= tierRank(maxTier)) return null
  const problem = `is below min_tier (${minTier}); the tiers are, lowest first, ${TIERS.join(', ')}`
  return { field: 'max_tier', problem }
}
