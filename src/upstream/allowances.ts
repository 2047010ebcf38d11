// Which models have little left of their limits: those are not the first choice until their provider's clock has come round.

import type { Allowance, Left } from '../core/allowance.ts'
import type { ProviderName } from '../core/route.ts'
import type { Usage } from '../core/usage.ts'

export interface AllowanceSubject {
  readonly provider: ProviderName
  readonly model: string
}

export interface Allowances {
  /** As an answer of the model told it; it replaces what was known. */
  observe(subject: AllowanceSubject, allowance: Allowance): void
  /** A request is on its way: there is less until the next answer tells how much. */
  sent(subject: AllowanceSubject, expected: Usage): void
  /** Whether the provider would refuse such a request now, by all that is known. */
  isShort(subject: AllowanceSubject, expected: Usage, nowMs: number): boolean
}

/** No prompt is longer, and no more requests are under way at once: whoever has as much left is short of nothing. */
const PLENTY_OF_TOKENS = 1_100_000
const PLENTY_OF_REQUESTS = 32

interface Scarce {
  requests: Left | null
  tokens: Left | null
  readonly countsCacheReads: boolean
}

export function createAllowances(): Allowances {
  // Only models that are near a limit are in the map: the usual case is an empty one.
  const scarce = new Map<string, Scarce>()
  return {
    observe(subject, { requests, tokens, countsCacheReads }) {
      const name = nameOf(subject)
      const isNear =
        (requests?.left ?? Infinity) < PLENTY_OF_REQUESTS || (tokens?.left ?? Infinity) < PLENTY_OF_TOKENS
      if (isNear) scarce.set(name, { requests, tokens, countsCacheReads })
      else scarce.delete(name)
    },
    sent(subject, expected) {
      const known = scarce.size === 0 ? undefined : scarce.get(nameOf(subject))
      if (known === undefined) return
      known.requests = less(known.requests, 1)
      known.tokens = less(known.tokens, countedTokens(known, expected))
    },
    isShort(subject, expected, nowMs) {
      const known = scarce.size === 0 ? undefined : scarce.get(nameOf(subject))
      if (known === undefined) return false
      return lacks(known.requests, 1, nowMs) || lacks(known.tokens, countedTokens(known, expected), nowMs)
    },
  }
}

function nameOf({ provider, model }: AllowanceSubject): string {
  return `${provider}/${model}`
}

function countedTokens({ countsCacheReads }: Scarce, usage: Usage): number {
  const { freshInput, cacheRead, cacheWrite, cacheWriteLong } = usage
  return freshInput + cacheWrite + cacheWriteLong + (countsCacheReads ? cacheRead : 0)
}

function less(left: Left | null, by: number): Left | null {
  return left === null ? null : { ...left, left: left.left - by }
}

function lacks(left: Left | null, needed: number, nowMs: number): boolean {
  return left !== null && nowMs < left.untilMs && left.left < needed
}
