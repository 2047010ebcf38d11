// Quality tiers, lowest first.

export const TIERS = ['economy', 'standard', 'premium', 'frontier'] as const
export type Tier = (typeof TIERS)[number]

const RANKS: Readonly<Record<Tier, number>> = { economy: 0, standard: 1, premium: 2, frontier: 3 }

/** From 0, in the order of TIERS. */
export function tierRank(tier: Tier): number {
  return RANKS[tier]
}

export function isTier(value: unknown): value is Tier {
  return typeof value === 'string' && (TIERS as readonly string[]).includes(value)
}
