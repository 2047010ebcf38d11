// A plan as the ledger keeps it: short JSON text, and back to the candidates that /admin and `explain` show.

import { z } from 'zod'
import { usdFromPico } from '../core/money.ts'
import { PROVIDER_IDS, type Route } from '../core/route.ts'
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
  // Written by hand: on every request's way, and four times as fast as building it for JSON.stringify.
  let eligible = ''
  for (const { route, expectedCost, worstCase } of chosen) {
    eligible += `${eligible === '' ? '' : ','}${spellingOf(route).opening}${expectedCost},${worstCase}]`
  }
  const reasons = new Map<string, string[]>()
  for (const { route, reason } of rejected) {
    let names = reasons.get(reason)
    if (names === undefined) reasons.set(reason, (names = []))
    const { place, name } = spellingOf(route)
    const before = names[place]
    names[place] = before === undefined ? name : `${before},${name}`
  }
  let ineligible = ''
  for (const [reason, byPlace] of reasons) {
    let names = ''
    for (const [place, list] of byPlace.entries()) {
      if (list !== undefined) names += `${names === '' ? '' : ','}"${place}":[${list}]`
    }
    ineligible += `${ineligible === '' ? '' : ','}"${reason}":{${names}}`
  }
  return `${PROVIDERS}"eligible":[${eligible}],"ineligible":{${ineligible}}}`
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

const PROVIDERS = `{"providers":${JSON.stringify(PROVIDER_IDS)},`

/** How a route stands in a decision: its provider's place, its id without the provider, and how its entry begins. */
interface Spelling {
  readonly place: number
  readonly name: string
  readonly opening: string
}

const spellings = new WeakMap<Route, Spelling>()

/** Routes live as long as their catalogue. */
function spellingOf(route: Route): Spelling {
  let spelling = spellings.get(route)
  if (spelling === undefined) {
    const place = PROVIDER_IDS.indexOf(route.provider)
    const name = JSON.stringify(route.id.slice(route.provider.length + 1))
    spelling = { place, name, opening: `[${place},${name},` }
    spellings.set(route, spelling)
  }
  return spelling
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
