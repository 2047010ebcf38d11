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

export const NO_USAGE: Usage = Object.freeze({
  freshInput: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWriteLong: 0,
  output: 0,
  reasoning: 0,
})

/** The whole prompt in OpenAI's sense: every input class together. Length brackets are chosen by it. */
export function promptTokens(usage: Usage): number {
  return usage.freshInput + usage.cacheRead + usage.cacheWrite + usage.cacheWriteLong
}

/** How the token counts of an attempt are known. */
export type UsageSource = 'provider' | 'drained' | 'estimated'
