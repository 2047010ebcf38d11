// Holds of requests that are under way in this process: in memory and in the journal. Most are settled before they would
// ever have to stand in the table; those that last, and those somebody asks for, are put there.

import type { Hold } from '../store.ts'

export interface LiveHolds {
  add(hold: Hold, generation: number): void
  find(requestId: string): LiveHold | undefined
  /** What there was; a hold that is not here may be another handle's, in the table. */
  remove(requestId: string): LiveHold | undefined
  /** Those that are not in the table, of this generation of the journal or an older one. */
  unwritten(lastGeneration: number): readonly LiveHold[]
}

export interface LiveHold {
  hold: Hold
  readonly generation: number
  isInTable: boolean
}

export function createLiveHolds(): LiveHolds {
  const live = new Map<string, LiveHold>()
  return {
    add(hold, generation) {
      // Taken twice: it moves to the end, so that the order stays that of the generations.
      live.delete(hold.requestId)
      live.set(hold.requestId, { hold, generation, isInTable: false })
    },
    find: (requestId) => live.get(requestId),
    remove(requestId) {
      const found = live.get(requestId)
      live.delete(requestId)
      return found
    },
    unwritten(lastGeneration) {
      const found: LiveHold[] = []
      for (const entry of live.values()) {
        if (entry.generation > lastGeneration) break
        if (!entry.isInTable) found.push(entry)
      }
      return found
    },
  }
}
