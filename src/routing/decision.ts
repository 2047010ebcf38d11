// A plan as the ledger keeps it: short JSON text, and back to the candidates that /admin and `explain` show.

import { z } from 'zod'
import { usdFromPico } from '../core/money.ts'
import type { Plan } from './plan.ts'

export interface DecisionCandidate {
  readonly route: string
  readonly expected_cost_usd: number | null
  readonly worst_case_cost_usd: number | null
  readonly verdict: 'chosen' | 'fallback' | 'ineligible'
  readonly reason: string | null
}

// Eligible routes with their numbers in the order of the plan; of the others only the names, by reason and provider, so
// that sixty routes fit into two kilobytes.
const schema = z.object({
  eligible: z.array(z.tuple([z.string(), z.number(), z.number()])),
  ineligible: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
})
type Decision = z.infer<typeof schema>

export function encodeDecision({ chosen, rejected }: Plan): string {
  const ineligible: Decision['ineligible'] = {}
  for (const { route, reason } of rejected) {
    const byProvider = (ineligible[reason] ??= {})
    const names = (byProvider[route.provider] ??= [])
    names.push(route.id.slice(route.provider.length + 1))
  }
  const decision: Decision = {
    eligible: chosen.map(({ route, cost, worstCase }) => [route.id, cost.total, worstCase]),
    ineligible,
  }
  return JSON.stringify(decision)
}

/** The candidates of `encodeDecision`'s text; none where the text is not one. */
export function readDecision(text: string): readonly DecisionCandidate[] {
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) return []
  const { eligible, ineligible } = parsed.data
  const cheapest = eligible.reduce(
    (least, [, expected]) => Math.min(least, expected),
    Number.POSITIVE_INFINITY,
  )
  const candidates = eligible.map(([route, expected, worst], place): DecisionCandidate => {
    const isCheapest = expected === cheapest
    return {
      route,
      expected_cost_usd: usdFromPico(expected),
      worst_case_cost_usd: usdFromPico(worst),
      verdict: place === 0 ? 'chosen' : 'fallback',
      reason: place > 0 ? null : isCheapest ? 'cheapest' : 'faster_within_1_percent',
    }
  })
  for (const [reason, providers] of Object.entries(ineligible)) {
    for (const [provider, names] of Object.entries(providers)) {
      for (const name of names) {
        candidates.push({
          route: `${provider}/${name}`,
          expected_cost_usd: null,
          worst_case_cost_usd: null,
          verdict: 'ineligible',
          reason,
        })
      }
    }
  }
  return candidates
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
