// How often one address may try a wrong admin key. Whoever has used up the tries is refused unread, with the right key too:
// otherwise the answer would go on telling which key is right.

import type { Clock } from '../../core/clock.ts'

export interface WrongKeys {
  /** Until a key from there is looked at again; 0: now. */
  waitMs(address: string): number
  count(address: string): void
}

/** At once, and then one for every interval. */
const TRIES = 10
const INTERVAL_MS = 6_000
/** Each some 100 bytes; whoever tried longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000

export function createWrongKeys(clock: Clock): WrongKeys {
  /** When all tries are there again. */
  const restoredAt = new Map<string, number>()
  return {
    waitMs(address) {
      const restored = restoredAt.get(networkOf(address)) ?? 0
      return Math.max(0, restored - clock.now() - (TRIES - 1) * INTERVAL_MS)
    },
    count(address) {
      const network = networkOf(address)
      const from = Math.max(restoredAt.get(network) ?? 0, clock.now())
      restoredAt.delete(network)
      restoredAt.set(network, from + INTERVAL_MS)
      const [oldest] = restoredAt.keys()
      if (restoredAt.size > MAX_ADDRESSES && oldest !== undefined) restoredAt.delete(oldest)
    },
  }
}

/** One customer of an IPv6 network has all addresses that begin with the same 64 bits. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':')
  // Fewer than four groups in front of `::` are filled up with zeros, unless the rest reaches back so far.
  const missing = 8 - groups.length - tail.split(':').length
  const filled = address.includes('::')
    ? [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...tail.split(':')]
    : groups
  return filled.slice(0, 4).join(':')
}
