// A plan as the ledger keeps it: one short line, and back to the candidates that /admin and `explain` show.
//
//   VERSION PLACE,EXPECTED,WORST;PLACE,EXPECTED,WORST,1;...|REASON,REASON,...|CODES
//
// Every request keeps one, so it is short: routes stand by their place in the list of their catalogue, which is kept once
// under its version; amounts are whole billionths of a dollar; and what was rejected has one character per route of the
// list, `a` for the first reason, `b` for the second, `.` for a route that was eligible and `-` for one nobody asked about.
// A 1 stands behind an eligible route that its provider would have refused at that moment.

import { usdFromPico } from '../core/money.ts'
import type { PlanReason } from '../core/plan-reason.ts'
import type { Route } from '../core/route.ts'
import type { Plan } from './plan.ts'

export interface DecisionCandidate {
  readonly route: string
  readonly expected_cost_usd: number | null
  readonly worst_case_cost_usd: number | null
  readonly verdict: 'chosen' | 'fallback' | 'ineligible'
  readonly reason: string | null
}

/** The routes of a catalogue in their order. */
export interface RouteList {
  readonly version: string
  readonly ids: readonly string[]
  /** Of a route of this catalogue. */
  placeOf(route: Route): number
}

export function createRouteList({
  version,
  routes,
}: {
  readonly version: string
  readonly routes: readonly Route[]
}): RouteList {
  const places = new Map(routes.map((route, place) => [route, place]))
  return {
    version,
    ids: routes.map(({ id }) => id),
    placeOf(route) {
      const place = places.get(route)
      if (place === undefined) throw new Error(`${route.id} is no route of the catalogue`)
      return place
    },
  }
}

const PICO_PER_NANO = 1_000
const NOBODY_ASKED = 0x2d
const ELIGIBLE = 0x2e
const FIRST_REASON = 0x61

type RankedPlan = Pick<
  Plan,
  'size' | 'routeAt' | 'expectedCostAt' | 'worstCaseAt' | 'isBehindAt' | 'rejected'
>

/** By hand: on every request's way, and many times as fast as JSON. */
export function encodeDecision(plan: RankedPlan, list: RouteList): string {
  const codes = Buffer.allocUnsafe(list.ids.length).fill(NOBODY_ASKED)
  let eligible = ''
  for (let rank = 0; rank < plan.size; rank++) {
    const place = list.placeOf(plan.routeAt(rank))
    codes[place] = ELIGIBLE
    // Rounded as an estimate may be, and a bound up.
    eligible += `${place},${Math.round(plan.expectedCostAt(rank) / PICO_PER_NANO)},${Math.ceil(plan.worstCaseAt(rank) / PICO_PER_NANO)}${plan.isBehindAt(rank) ? ',1;' : ';'}`
  }
  const reasons: string[] = []
  for (const { route, reason } of plan.rejected) {
    let at = reasons.indexOf(reason)
    if (at === -1) at = reasons.push(reason) - 1
    codes[list.placeOf(route)] = FIRST_REASON + at
  }
  return `${list.version} ${eligible}|${reasons.join(',')}|${codes.toString('latin1')}`
}

/** Of `encodeDecision`'s text. For every request that is counted, so nothing but what it needs is read. */
export function readPlanReason(text: string): PlanReason {
  const end = text.indexOf('|')
  let first: number | null = null
  let others = 0
  let isCheapest = true
  for (let at = text.indexOf(' ') + 1; at < end; ) {
    const expectedAt = text.indexOf(',', at) + 1
    const worstAt = text.indexOf(',', expectedAt) + 1
    const next = text.indexOf(';', worstAt) + 1
    const behindAt = text.indexOf(',', worstAt)
    const isBehind = behindAt !== -1 && behindAt < next
    const expected = Number(text.slice(expectedAt, worstAt - 1))
    if (first === null) {
      if (isBehind) return 'rate_limited_upstream'
      first = expected
    } else {
      others++
      if (!isBehind && expected < first) isCheapest = false
    }
    at = next
  }
  if (others === 0) return 'only_eligible'
  return isCheapest ? 'cheapest' : 'faster_within_1_percent'
}

/** The version of the list that `readDecision` needs; null where the text is no decision. */
export function decisionVersion(text: string): string | null {
  const end = text.indexOf(' ')
  return end < 1 ? null : text.slice(0, end)
}

/** The candidates of `encodeDecision`'s text, the eligible first, in the order of the plan; `ids` as its list had them. */
export function readDecision(text: string, ids: readonly string[]): readonly DecisionCandidate[] {
  const [eligible, reasons, codes] = text.slice(text.indexOf(' ') + 1).split('|')
  if (eligible === undefined || reasons === undefined || codes === undefined) return []
  const entries = eligible
    .split(';')
    .slice(0, -1)
    .map((entry) => entry.split(',').map(Number))
  const planReason = readPlanReason(text)
  const candidates = entries.map(
    ([place = -1, expected = 0, worst = 0, behind], index): DecisionCandidate => ({
      route: ids[place] ?? 'unknown',
      expected_cost_usd: usdFromNano(expected),
      worst_case_cost_usd: usdFromNano(worst),
      verdict: index === 0 ? 'chosen' : 'fallback',
      reason:
        behind === 1
          ? 'rate_limited_upstream'
          : index > 0
            ? null
            : planReason === 'only_eligible'
              ? 'cheapest'
              : planReason,
    }),
  )
  const names = reasons.split(',')
  for (let place = 0; place < codes.length; place++) {
    const reason = names[codes.charCodeAt(place) - FIRST_REASON]
    if (reason === undefined) continue
    candidates.push({
      route: ids[place] ?? 'unknown',
      expected_cost_usd: null,
      worst_case_cost_usd: null,
      verdict: 'ineligible',
      reason,
    })
  }
  return candidates
}

function usdFromNano(nano: number): number {
  return usdFromPico(nano * PICO_PER_NANO)
}
