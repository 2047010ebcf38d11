// Token counts of one call in disjoint classes, so that pricing is a sum of products and nothing is counted twice.

/** Tokens of one upstream call. The four input classes and `output` are disjoint; `reasoning` is inside `output`. */
export interface Usage {
  /** Prompt tokens neither read from nor written to a cache. */
  readonly freshInput: number
  /** Prompt tokens read from the provider's cache. */
  readonly cacheRead: number
  /** Prompt tokens written to the cache at the provider's ordinary lifetime (five minutes at Anthropic). */
  readonly cacheWrite: number
  /** Prompt tokens written to the cache at the long lifetime (one hour at Anthropic). */
  readonly cacheWriteLong: number
  /** All generated tokens, reasoning included. */
  readonly output: number
  /** The part of `output` that was hidden or shown reasoning. */
  readonly reasoning: number
}

/** Usage as a provider reports it. */
export interface ReportedUsage extends Usage {
  /** Its parts, where another model than the one that was asked did some of it, or may have. */
  readonly byModel?: readonly ModelUsage[]
}

export interface ModelUsage {
  /** Null: the one that was asked. */
  readonly model: string | null
  readonly usage: Usage
}

export const NO_USAGE: Usage = Object.freeze({
  freshInput: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWriteLong: 0,
  output: 0,
  reasoning: 0,
})

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    freshInput: one.freshInput + other.freshInput,
    cacheRead: one.cacheRead + other.cacheRead,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    cacheWriteLong: one.cacheWriteLong + other.cacheWriteLong,
    output: one.output + other.output,
    reasoning: one.reasoning + other.reasoning,
  }
}

/** The whole prompt in OpenAI's sense: every input class together. Length brackets are chosen by it. */
export function promptTokens(usage: Usage): number {
  return usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong
}

/** How the token counts of an attempt are known. */
export type UsageSource = 'provider' | 'drained' | 'estimated'

/** By a provider, in whatever way; null where nothing was billed. */
export function isReported(source: UsageSource | null): boolean {
  return source !== null && source !== 'estimated'
}
