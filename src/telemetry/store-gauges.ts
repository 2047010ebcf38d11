// Gauges of the ledger: whether its store answers, what waits for it, what is set aside, and what it does not know of.

import { Gauge, type Registry } from 'prom-client'
import { usdFromPico } from '../core/money.ts'
import { askOnce } from './ask-once.ts'

interface Held {
  readonly count: number
  readonly amount: bigint
}

export interface StoreProbes {
  readonly isStoreUp: () => boolean
  /** Settlements that wait for the store. */
  readonly spoolPending: () => number
  /** Holds of every process that shares the store; null where it cannot be asked. Never rejects. */
  readonly held: () => Promise<Held | null>
}

export interface StoreGaugeSources {
  readonly registry: Registry
  readonly probes: StoreProbes
  /** Picodollars that were counted and could be booked nowhere, or that the last reconciliation found. */
  readonly notBooked: () => bigint
}

export function defineStoreGauges({ registry, probes, notBooked }: StoreGaugeSources): void {
  const registers = [registry]
  // Of several processes: what each has for itself adds up; away for one is away.
  const gauge = (name: string, help: string, read: () => number, aggregator: 'sum' | 'min' = 'sum'): void => {
    const metric: Gauge = new Gauge({ name, help, aggregator, registers, collect: () => metric.set(read()) })
  }
  gauge('farthing_store_up', '1 while the store answers, else 0.', () => (probes.isStoreUp() ? 1 : 0), 'min')
  gauge(
    'farthing_spool_pending',
    'Settlements, and holds of while the store was away, on disk that wait for it.',
    probes.spoolPending,
  )
  gauge(
    'farthing_reconcile_difference_usd',
    'Spend that was counted and that neither the ledger nor the spool took, and what the last reconciliation found, USD.',
    () => usdFromPico(notBooked()),
  )
  // Both are read in one scrape, so the store is asked once.
  const held = askOnce(probes.held)
  const heldGauge = (name: string, help: string, read: (of: Held) => number): void => {
    const metric: Gauge = new Gauge({
      name,
      help,
      // They tell the same of the store that they share.
      aggregator: 'max',
      registers,
      async collect() {
        const found = await held()
        // No sample says that nobody knows; zero would say that nothing is held.
        if (found === null) metric.remove()
        else metric.set(read(found))
      },
    })
  }
  heldGauge(
    'farthing_holds',
    'Requests for which a worst case is set aside, over all processes that share the store.',
    ({ count }) => count,
  )
  heldGauge('farthing_held_usd', 'Sum of all holds, USD.', ({ amount }) => usdFromPico(amount))
}
