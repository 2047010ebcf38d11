// Why a plan put its first route first.

export type PlanReason = 'only_eligible' | 'cheapest' | 'faster_within_1_percent' | 'rate_limited_upstream'
