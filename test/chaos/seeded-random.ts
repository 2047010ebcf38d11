// Randomness that can be had again: the same seed, the same choices.

import { crc32 } from 'node:zlib'

export interface SeededRandom {
  /** From 0 to below 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  isLucky(share: number): boolean
  pick<Item>(items: readonly [Item, ...Item[]]): Item
  /** Another sequence, which depends on the seed and the name alone. */
  fork(name: string): SeededRandom
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0
  /** Mulberry32: small, and good enough for choices. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    isLucky: (share) => next() < share,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    fork: (name) => createSeededRandom(crc32(`${seed} ${name}`)),
  }
}
