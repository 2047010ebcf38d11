// What Prometheus has counted against the ledger's aggregates, by day, provider and model.

import type { SpendRow } from '../../ledger/store.ts'
import { type Cause, type Difference, magnitude } from './difference.ts'
import type { Span } from './ledger-check.ts'

/** What a Prometheus server holds of the gateways' counters of spend. */
export interface Counted extends Span {
  /** Processes ended, or began unseen: what they counted after their last scrape is not known. */
  readonly hasGaps: boolean
  /** Counted estimates that real spend replaced. */
  readonly replaced: bigint
  readonly rows: readonly {
    readonly day: string
    readonly provider: string
    readonly model: string
    readonly cost: bigint
    /** Near the ends of the day: its requests may be another day's in the ledger. */
    readonly atEdges: bigint
  }[]
}

interface Place {
  ledger: bigint
  estimated: bigint
  counted: bigint
  atEdges: bigint
}

/** The ledger's spend, grouped by day, provider and model. */
export function comparePrometheus(counted: Counted, rows: readonly SpendRow[]): readonly Difference[] {
  const places = new Map<string, Place>()
  const placeOf = (...name: readonly (string | null)[]): Place => {
    const key = JSON.stringify(name)
    const place = places.get(key) ?? { ledger: 0n, estimated: 0n, counted: 0n, atEdges: 0n }
    places.set(key, place)
    return place
  }
  for (const { group, cost, estimated } of rows) {
    const place = placeOf(group['day'] ?? null, group['provider'] ?? null, group['model'] ?? null)
    place.ledger += cost
    place.estimated += estimated
  }
  for (const { day, provider, model, cost, atEdges } of counted.rows) {
    const place = placeOf(day, provider, model)
    place.counted += cost
    place.atEdges += atEdges
  }
  return [...places]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .flatMap(([name, place]) => {
      const cause = causeOf(place, counted)
      if (cause === null) return []
      const [day = null, provider, model = null]: readonly (string | null)[] = JSON.parse(name)
      const { ledger, counted: other } = place
      return [
        {
          check: 'prometheus',
          subject: provider ?? 'no provider',
          day,
          model,
          ledger,
          other,
          cause,
        } as const,
      ]
    })
}

/** Null where nothing differs. */
function causeOf(place: Place, { hasGaps, replaced }: Counted): Cause | null {
  const more = place.counted - place.ledger
  const difference = magnitude(more)
  if (difference === 0n) return null
  if (difference <= doublesOff(place.counted)) return 'rounding'
  if (difference <= place.atEdges) return 'edges'
  if (more > 0n && more <= replaced) return 'estimate_replaced'
  if (difference <= place.estimated) return 'estimated'
  if (more > 0n) return 'counted_more'
  return hasGaps ? 'not_scraped' : 'not_counted'
}

/** Prometheus keeps and adds doubles, of 53 bits: a picodollar, and more above 281 USD. */
function doublesOff(amount: bigint): bigint {
  return 1n + (amount >> 48n)
}
