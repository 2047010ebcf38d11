// What a simulated provider would put on its invoice: one line per request that used tokens, and nothing for the rest.

import { chargePico } from './price.ts'
import type { SimulatedModel, SimulatedUsage } from './simulated-model.ts'

/** How a billed request ended: whole, left by the client, or broken off by the provider itself. */
export type EntryEnd = 'complete' | 'aborted' | 'cut'

export interface BookEntry {
  /** The id of the answer. */
  readonly id: string
  readonly model: string
  /** When the request came: the moment that decides its price. */
  readonly atMs: number
  readonly isStream: boolean
  readonly end: EntryEnd
  readonly usage: SimulatedUsage
  /** The service tier it was served at; null where the vendor has none. */
  readonly serviceTier: string | null
  /** What `readReference` found in the request. */
  readonly reference: string | null
  readonly pico: bigint
}

export interface Books {
  /** Billed requests. */
  readonly requests: number
  readonly billedPico: bigint
  readonly entries: readonly BookEntry[]
}

export interface BookKeeper {
  readonly books: Books
  enter(model: SimulatedModel, entry: Omit<BookEntry, 'model' | 'pico'>): void
}

export function createBookKeeper(): BookKeeper {
  const entries: BookEntry[] = []
  let billedPico = 0n
  return {
    books: {
      get requests() {
        return entries.length
      },
      get billedPico() {
        return billedPico
      },
      entries,
    },
    enter(model, entry) {
      const pico = chargePico(model, entry.usage, entry)
      billedPico += pico
      entries.push({ ...entry, model: model.id, pico })
    },
  }
}
