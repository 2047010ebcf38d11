// Sampled content in the store: sealed with a key made from the admin key, of which nothing is stored. Whoever has the store,
// or a copy of it, does not have the content.

import { createContentSeal } from '../access/content-seal.ts'
import type { Clock } from '../core/clock.ts'
import type { SampledContent } from '../core/sampled-content.ts'
import type { SampleStore } from '../ledger/store.ts'

export interface Sample {
  readonly team: string
  readonly requestId: string
  readonly content: SampledContent
  readonly retentionMs: number
}

export interface KeptContent extends SampledContent {
  readonly kept_until: string
}

export interface ContentArchive {
  keep(sample: Sample): Promise<void>
  /** Null where nothing was kept, or not any more, or under another admin key. */
  read(team: string, requestId: string): Promise<KeptContent | null>
  /** Resolves with how many were there. */
  forget(team: string, requestId: string): Promise<number>
  forgetTeam(team: string): Promise<number>
}

export interface ContentArchiveOptions {
  readonly store: { readonly samples: SampleStore }
  /** Null: nothing is kept, and nothing can be read. */
  readonly adminKey: { reveal(): string } | null
  readonly clock: Clock
  /** Of all together. */
  readonly maxBytes: number
}

export function createContentArchive({
  store: { samples },
  adminKey,
  clock,
  maxBytes,
}: ContentArchiveOptions): ContentArchive {
  const seal = adminKey === null ? null : createContentSeal(adminKey.reveal())
  return {
    async keep({ team, requestId, content, retentionMs }) {
      if (seal === null) return
      const name = nameOf(team, requestId)
      const nowMs = clock.now()
      const expiresAtMs = nowMs + retentionMs
      const kept: KeptContent = { kept_until: new Date(expiresAtMs).toISOString(), ...content }
      const value = seal.seal(name, Buffer.from(JSON.stringify(kept)))
      await samples.keep({ name, value, expiresAtMs }, { nowMs, maxBytes })
    },
    async read(team, requestId) {
      const name = nameOf(team, requestId)
      const [value = null] = await samples.kept([name], clock.now())
      const content = value === null || seal === null ? null : seal.open(name, value)
      // Trusted where the seal is whole: this program wrote it.
      return content === null ? null : JSON.parse(content.toString('utf8'))
    },
    forget: (team, requestId) => samples.dropNamed(nameOf(team, requestId)),
    forgetTeam: (team) => samples.dropNamed(nameOf(team, '')),
  }
}

/** Teams may be called anything, and one's name may begin with another's. */
function nameOf(team: string, requestId: string): string {
  return `${Buffer.from(team).toString('hex')}/${requestId}`
}
