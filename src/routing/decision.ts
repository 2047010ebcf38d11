// A plan as the ledger keeps it: short JSON text, and back to the candidates that /admin and `explain` show.

import { z } from 'zod'
import { usdFromPico } from '../core/money.ts'
import type { Route } from '../core/route.ts'
import type { Plan } from './plan.ts'

export interface DecisionCandidate {
  readonly route: string
  readonly expected_cost_usd: number | null
  readonly worst_case_cost_usd: number | null
  readonly verdict: 'chosen' | 'fallback' | 'ineligible'
  readonly reason: string | null
}

// Short, because every request keeps one: sixty routes fit into some two kilobytes. Routes are written without their
// provider, which stands once in `providers`.
const schema = z.object({
  providers: z.array(z.string()),
  /** In the order of the plan: provider's place, name, expected and worst-case cost in picodollars. */
  eligible: z.array(z.tuple([z.int(), z.string(), z.number(), z.number()])),
  /** Names by reason and provider's place. */
  ineligible: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
})
type Decision = z.infer<typeof schema>

export function encodeDecision({ chosen, rejected }: Plan): string {
  const providers: string[] = []
  const placeOf = (route: Route): number => {
    const place = providers.indexOf(route.provider)
    return place === -1 ? providers.push(route.provider) - 1 : place
  }
  const ineligible: Decision['ineligible'] = {}
  for (const { route, reason } of rejected) {
    const byProvider = (ineligible[reason] ??= {})
    const names = (byProvider[placeOf(route)] ??= [])
    names.push(nameOf(route))
  }
  const eligible = chosen.map(({ route, cost, worstCase }): Decision['eligible'][number] => [
    placeOf(route),
    nameOf(route),
    cost.total,
    worstCase,
  ])
  return JSON.stringify({ providers, eligible, ineligible } satisfies Decision)
}

/** The candidates of `encodeDecision`'s text; none where the text is not one. */
export function readDecision(text: string): readonly DecisionCandidate[] {
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) return []
  const { providers, eligible, ineligible } = parsed.data
  const candidates = eligible.map(([provider, name, expected, worst], place): DecisionCandidate => {
    const isCheapest = eligible.every(([, , other]) => expected <= other)
    return {
      route: `${providers[provider]}/${name}`,
      expected_cost_usd: usdFromPico(expected),
      worst_case_cost_usd: usdFromPico(worst),
      verdict: place === 0 ? 'chosen' : 'fallback',
      reason: place > 0 ? null : isCheapest ? 'cheapest' : 'faster_within_1_percent',
    }
  })
  for (const [reason, byProvider] of Object.entries(ineligible)) {
    for (const [provider, names] of Object.entries(byProvider)) {
      for (const name of names) {
        candidates.push({
          route: `${providers[Number(provider)]}/${name}`,
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

/** The route's id without its provider. */
function nameOf({ id, provider }: Route): string {
  return id.slice(provider.length + 1)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
