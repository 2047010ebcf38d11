// Which model answered, and why it was that one: counted once per request that was sent.

import type { PlanReason } from '../core/plan-reason.ts'
import type { RequestRecord } from '../core/request-record.ts'
import type { Labels } from './read-counter.ts'
import { OTHER } from './series.ts'

/** `pinned`: the client named the model; `fallback`: another one had failed before it. */
export type ChoiceReason = PlanReason | 'pinned' | 'fallback'

export interface ChoiceTable {
  count(record: RequestRecord): void
  all(): Iterable<ModelChoices>
}

export interface ModelChoices {
  readonly labels: Labels
  readonly reasons: Map<ChoiceReason, number>
}

export interface ChoiceTableOptions {
  /** `provider/model`; anything else counts as `other`. */
  readonly models: ReadonlySet<string>
  readonly planReason: (decision: string) => PlanReason
}

export function createChoiceTable({ models, planReason }: ChoiceTableOptions): ChoiceTable {
  const counts = new Map<string, ModelChoices>()
  return {
    count(record) {
      const last = record.attempts.at(-1)
      if (last === undefined) return
      const isKnown = models.has(`${last.provider}/${last.model}`)
      const provider = isKnown ? last.provider : OTHER
      const model = isKnown ? last.model : OTHER
      const id = `${provider}/${model}`
      let entry = counts.get(id)
      if (entry === undefined) counts.set(id, (entry = { labels: { provider, model }, reasons: new Map() }))
      const reason = reasonOf(record, planReason)
      entry.reasons.set(reason, (entry.reasons.get(reason) ?? 0) + 1)
    },
    all: () => counts.values(),
  }
}

function reasonOf(record: RequestRecord, planReason: ChoiceTableOptions['planReason']): ChoiceReason {
  const { attempts, requestedModel, decision } = record
  if (attempts[0]?.route !== attempts.at(-1)?.route) return 'fallback'
  // No tier and no alias has a slash.
  return requestedModel.includes('/') ? 'pinned' : planReason(decision)
}
