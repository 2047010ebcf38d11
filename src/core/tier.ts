// Quality tiers, lowest first.

export const TIERS = ['economy', 'standard', 'premium', 'frontier'] as const
export type Tier = (typeof TIERS)[number]

export function tierRank(tier: Tier): number {
  return TIERS.indexOf(tier)
}

export function isTier(value: unknown): value is Tier {
  return typeof value === 'string' && (TIERS as readonly string[]).includes(value)
}
