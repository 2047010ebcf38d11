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

export function encodeDecision({ chosen, rejected }: Plan): string {
  const providers: string[] = []
  const placeOf = ({ provider }: Route): number => {
    const place = providers.indexOf(provider)
    return place === -1 ? providers.push(provider) - 1 : place
  }
  // Written by hand: on every request's way, and three times as fast as building it for JSON.stringify.
  let eligible = ''
  for (const { route, cost, worstCase } of chosen) {
    eligible += `${eligible === '' ? '' : ','}[${placeOf(route)},${jsonName(route)},${cost.total},${worstCase}]`
  }
  const reasons = new Map<string, string[]>()
  for (const { route, reason } of rejected) {
    let byPlace = reasons.get(reason)
    if (byPlace === undefined) reasons.set(reason, (byPlace = []))
    const place = placeOf(route)
    const before = byPlace[place]
    byPlace[place] = before === undefined ? jsonName(route) : `${before},${jsonName(route)}`
  }
  let ineligible = ''
  for (const [reason, byPlace] of reasons) {
    let names = ''
    for (const [place, list] of byPlace.entries()) {
      if (list !== undefined) names += `${names === '' ? '' : ','}"${place}":[${list}]`
    }
    ineligible += `${ineligible === '' ? '' : ','}${JSON.stringify(reason)}:{${names}}`
  }
  return `{"providers":${JSON.stringify(providers)},"eligible":[${eligible}],"ineligible":{${ineligible}}}`
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

const jsonNames = new WeakMap<Route, string>()

/** The route's id without its provider, as JSON; routes live as long as their catalogue. */
function jsonName(route: Route): string {
  let name = jsonNames.get(route)
  if (name === undefined) {
    name = JSON.stringify(route.id.slice(route.provider.length + 1))
    jsonNames.set(route, name)
  }
  return name
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
