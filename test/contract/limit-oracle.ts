// Rates done the slow way: every request is remembered, and each question looks through all of them.

import type { Rate } from '../../src/ledger/admission.ts'

interface Counted {
  readonly entry: string
  readonly atMs: number
  tokens: number
  isLive: boolean
}

const MINUTE_MS = 60_000

export class LimitOracle {
  readonly #limits: Pick<Rate, 'requests' | 'tokens' | 'concurrency'>
  #counted: Counted[] = []

  constructor(limits: Pick<Rate, 'requests' | 'tokens' | 'concurrency'>) {
    this.#limits = limits
  }

  /** Why it is refused, and when there would be room; null where it is taken. */
  ask(entry: string, tokens: number, nowMs: number): { by: string; retryAfterMs: number } | null {
    const { requests, concurrency } = this.#limits
    const recent = this.#recent(nowMs)
    if (concurrency !== null && this.#counted.filter(({ isLive }) => isLive).length >= concurrency)
      return { by: 'concurrency', retryAfterMs: 1_000 }
    if (requests !== null && recent.length >= requests) {
      const first = recent[recent.length - requests]
      return { by: 'requests', retryAfterMs: (first?.atMs ?? 0) + MINUTE_MS - nowMs }
    }
    const wait = this.#waitForTokens(tokens, nowMs)
    if (wait !== null) return { by: 'tokens', retryAfterMs: wait }
    this.#counted.push({ entry, atMs: nowMs, tokens, isLive: true })
    return null
  }

  end(entry: string, tokens: number): void {
    for (const one of this.#counted) {
      if (one.entry === entry) Object.assign(one, { tokens, isLive: false })
    }
  }

  forget(entry: string): void {
    this.#counted = this.#counted.filter((one) => one.entry !== entry)
  }

  #recent(nowMs: number): readonly Counted[] {
    return this.#counted.filter(({ atMs }) => atMs > nowMs - MINUTE_MS)
  }

  #waitForTokens(tokens: number, nowMs: number): number | null {
    const most = this.#limits.tokens
    if (most === null) return null
    let left = this.#recent(nowMs).reduce((sum, one) => sum + one.tokens, tokens) - most
    if (left <= 0) return null
    for (const one of this.#recent(nowMs)) {
      left -= one.tokens
      if (left <= 0) return one.atMs + MINUTE_MS - nowMs
    }
    return this.#recent(nowMs).at(-1)?.atMs === undefined
      ? MINUTE_MS
      : (this.#recent(nowMs).at(-1)?.atMs ?? 0) + MINUTE_MS - nowMs
  }
}
