// Who is calling, and what its key lets it do. `access` makes it, `routing` obeys it.

import type { Budget, Limits } from './budget.ts'
import type { Payer } from './request-record.ts'
import type { Tier } from './tier.ts'

export interface CallerPolicy extends Payer {
  readonly name: string
  /** Tags of the key; a request's own tags are added to them. */
  readonly tags: Readonly<Record<string, string>>
  /** Tags that a request may bring: by name their values, null for any; null as a whole: any tag. */
  readonly requestTags: Readonly<Record<string, readonly string[] | null>> | null
  /** Entries name a tier, an alias, `provider/model` or `provider/*`. `allow` null: everything that is not denied. */
  readonly models: { readonly allow: readonly string[] | null; readonly deny: readonly string[] }
  /** Where a request may be sent; null: anywhere. */
  readonly jurisdictions: readonly string[] | null
  readonly minTier: Tier | null
  readonly maxTier: Tier | null
  /** `provider/model` that savings are measured against when the request names none; null: the configuration's. */
  readonly baseline: string | null
  /** After a provider's content filter: the client hears of it, or another provider is asked. */
  readonly onContentFilter: ContentFilterChoice
  /** The key's own, beside those of its org, team and project. */
  readonly budgets: readonly Budget[]
  readonly limits: Limits
  /** Null: refuse where a hard budget counts it, else as the configuration says. */
  readonly whenStoreAway: StoreAwayChoice | null
  readonly seal: ContentSeal
}

/** Seals content that is kept between requests, so that it can be read with the caller's own API key only. */
export interface ContentSeal {
  /** A name that only this caller gives to the text. */
  name(text: string): string
  seal(name: string, content: Uint8Array): Buffer
  /** Null where it was sealed by another caller or under another name, or is damaged. */
  open(name: string, sealed: Uint8Array): Buffer | null
}

/** What happens to a request while the store cannot be reached. */
export const STORE_AWAY_CHOICES = ['refuse', 'continue'] as const
export type StoreAwayChoice = (typeof STORE_AWAY_CHOICES)[number]

export const CONTENT_FILTER_CHOICES = ['stop', 'next'] as const
export type ContentFilterChoice = (typeof CONTENT_FILTER_CHOICES)[number]
