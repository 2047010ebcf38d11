// Holds of requests that are under way in this process: in memory and in the journal. Most are settled before they would
// ever have to stand in the table; those that last, and those somebody asks for, are put there.

import { Slots } from '../../core/slots.ts'
import type { Hold } from '../store.ts'

export interface LiveHolds {
  readonly size: number
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
  // The map gives the order of their coming, and holds on to nothing but names.
  const places = new Map<string, number>()
  const live = new Slots<LiveHold>()
  const find = (requestId: string): LiveHold | undefined => {
    const place = places.get(requestId)
    return place === undefined ? undefined : live.at(place)
  }
  const remove = (requestId: string): LiveHold | undefined => {
    const place = places.get(requestId)
    if (place === undefined) return undefined
    places.delete(requestId)
    return live.remove(place)
  }
  return {
    get size() {
      return places.size
    },
    add(hold, generation) {
      // Taken twice: it moves to the end, so that the order stays that of the generations.
      remove(hold.requestId)
      places.set(hold.requestId, live.add({ hold, generation, isInTable: false }))
    },
    find,
    remove,
    unwritten(lastGeneration) {
      const found: LiveHold[] = []
      for (const place of places.values()) {
        const entry = live.at(place)
        if (entry === undefined || entry.generation > lastGeneration) break
        if (!entry.isInTable) found.push(entry)
      }
      return found
    },
  }
}
