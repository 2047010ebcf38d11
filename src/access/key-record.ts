// The stored document of a virtual key: what it is called, who pays, and what it may do. Never the key itself.

import { z } from 'zod'
import { budgetDocument, limitsDocument } from '../budgets/budget-document.ts'
import { buildBudget, buildLimits } from '../core/budget.ts'
import {
  type CallerPolicy,
  CONTENT_FILTER_CHOICES,
  type ContentSeal,
  STORE_AWAY_CHOICES,
} from '../core/caller.ts'
import { TIERS } from '../core/tier.ts'
import type { KeyDocument } from '../ledger/store.ts'

const instant = z.iso.datetime()

const schema = z.strictObject({
  id: z.string().startsWith('key_'),
  name: z.string(),
  team: z.string().nullable(),
  project: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  models: z.strictObject({ allow: z.array(z.string()).nullable(), deny: z.array(z.string()) }),
  jurisdictions: z.array(z.string()).nullable(),
  min_tier: z.enum(TIERS).nullable(),
  max_tier: z.enum(TIERS).nullable(),
  baseline: z.string().nullable(),
  // Keys of earlier versions have none of the next six.
  on_content_filter: z.enum(CONTENT_FILTER_CHOICES).default('stop'),
  budgets: z.array(budgetDocument).default([]),
  limits: limitsDocument.nullable().default(null),
  when_store_away: z.enum(STORE_AWAY_CHOICES).nullable().default(null),
  /** Tags that a request may bring, and their values; null: any. */
  request_tags: z.record(z.string(), z.array(z.string()).nullable()).nullable().default(null),
  /** Until then the key from before the last rotation is taken, too. */
  previous_key_until: instant.nullable().default(null),
  expires_at: instant.nullable(),
  created_at: instant,
  revoked_at: instant.nullable(),
  /** The key's last four characters, so that its owner can tell it from others. */
  hint: z.string().length(4),
})

export type KeyRecord = z.infer<typeof schema>

/** What does not depend on where the key comes from. */
export type KeyRules = Omit<KeyRecord, 'id' | 'created_at' | 'hint'>

/** What holds where nothing is said. */
export const BLANK_RULES: KeyRules = {
  name: '',
  team: null,
  project: null,
  tags: {},
  models: { allow: null, deny: [] },
  jurisdictions: null,
  min_tier: null,
  max_tier: null,
  baseline: null,
  on_content_filter: 'stop',
  budgets: [],
  limits: null,
  when_store_away: null,
  request_tags: null,
  previous_key_until: null,
  expires_at: null,
  revoked_at: null,
}

/** Throws where the store holds something else: a key that cannot be read must not open anything. */
export function parseKeyRecord({ id, document }: KeyDocument): KeyRecord {
  const parsed = schema.safeParse(readJson(document))
  if (parsed.success && parsed.data.id === id) return parsed.data
  throw new Error(`the stored record of ${id} is not one that this version can read`)
}

export function buildKeyDocument(record: KeyRecord, keyHash: string): KeyDocument {
  return { id: record.id, hash: keyHash, document: JSON.stringify(record) }
}

export function buildCallerPolicy(record: KeyRules & Pick<KeyRecord, 'id'>, seal: ContentSeal): CallerPolicy {
  return {
    keyId: record.id,
    name: record.name,
    team: record.team,
    project: record.project,
    tags: record.tags,
    models: record.models,
    jurisdictions: record.jurisdictions,
    minTier: record.min_tier,
    maxTier: record.max_tier,
    baseline: record.baseline,
    onContentFilter: record.on_content_filter,
    budgets: record.budgets.map(buildBudget),
    limits: buildLimits(record.limits),
    requestTags: record.request_tags,
    whenStoreAway: record.when_store_away,
    seal,
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
