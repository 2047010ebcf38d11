// The turns of conversations that went through this process: of each model the last two prompts that it was sent.

import type { ProviderName, Route } from '../core/route.ts'

export interface Turn {
  readonly provider: ProviderName
  readonly model: string
  readonly tokenizer: string
  /** Tokens of the whole prompt. */
  readonly prompt: number
  readonly atMs: number
  /** Whether it went where prompts are cached. */
  readonly isCached: boolean
}

type OfModel = Pick<Route, 'provider' | 'model'>

export interface Conversations {
  /** The last one that this model was sent. */
  lastOf(conversation: string, route: OfModel): Turn | null
  /** The last one before then, whichever model it was sent to. */
  lastBefore(conversation: string, beforeMs: number): Turn | null
  add(conversation: string, turn: Turn): void
}

export function createConversations({ maxEntries }: { readonly maxEntries: number }): Conversations {
  // In order of last use: Map keeps insertion order, and a use inserts anew.
  const known = new Map<string, readonly Turn[]>()
  const lastOf = (conversation: string, route: OfModel): Turn | null =>
    known.get(conversation)?.findLast((turn) => isSameModel(turn, route)) ?? null
  return {
    lastOf,
    lastBefore: (conversation, beforeMs) =>
      known.get(conversation)?.findLast(({ atMs }) => atMs < beforeMs) ?? null,
    add(conversation, turn) {
      // Of the same model the one before stays: it is what the new one follows.
      const before = lastOf(conversation, turn)
      const kept = (known.get(conversation) ?? []).filter(
        (past) => past === before || !isSameModel(past, turn),
      )
      known.delete(conversation)
      known.set(conversation, [...kept, turn])
      if (known.size <= maxEntries) return
      const oldest = known.keys().next()
      if (oldest.done !== true) known.delete(oldest.value)
    },
  }
}

function isSameModel(turn: OfModel, route: OfModel): boolean {
  return turn.model === route.model && turn.provider === route.provider
}
