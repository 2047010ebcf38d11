// A plan as the ledger keeps it: one short line, and back to the candidates that /admin and `explain` show.
//
//   VERSION WHY PLACE,EXPECTED,WORST;PLACE,EXPECTED,WORST,1;...|REASON,REASON,...|CODES     (without the space behind WHY)
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

/** Before the first place. */
const REASON_OF: ReadonlyMap<string, PlanReason> = new Map([
  ['c', 'cheapest'],
  ['f', 'faster_within_1_percent'],
  ['o', 'only_eligible'],
  ['r', 'rate_limited_upstream'],
])
const LETTER_OF: ReadonlyMap<PlanReason, string> = new Map(
  Array.from(REASON_OF, ([letter, reason]) => [reason, letter]),
)

type RankedPlan = Pick<
  Plan,
  'size' | 'placeAt' | 'expectedCostAt' | 'worstCaseAt' | 'isBehindAt' | 'rejected' | 'verdicts'
>

/** `list`: of the catalogue that the plan was made from. By hand: on every request's way, and many times as fast as JSON. */
export function encodeDecision(plan: RankedPlan, list: RouteList): string {
  return `${list.version} ${LETTER_OF.get(whyFirst(plan))}${spellEligible(plan)}${verdictsOf(plan, list)}`
}

const LONGEST_CANDIDATE = '99999,9007199254741,9007199254741,1;'.length
/** Written digit by digit: dozens of numbers made into texts, and these added up, take three times as long. */
let digits = Buffer.alloc(64 * LONGEST_CANDIDATE)

function spellEligible(plan: RankedPlan): string {
  if (digits.length < plan.size * LONGEST_CANDIDATE) digits = Buffer.alloc(2 * plan.size * LONGEST_CANDIDATE)
  let at = 0
  for (let rank = 0; rank < plan.size; rank++) {
    at = writeNumber(plan.placeAt(rank), at)
    digits[at++] = COMMA
    // Rounded as an estimate may be, and a bound up.
    at = writeNumber(Math.round(plan.expectedCostAt(rank) / PICO_PER_NANO), at)
    digits[at++] = COMMA
    at = writeNumber(Math.ceil(plan.worstCaseAt(rank) / PICO_PER_NANO), at)
    if (plan.isBehindAt(rank)) {
      digits[at++] = COMMA
      digits[at++] = ZERO + 1
    }
    digits[at++] = SEMICOLON
  }
  return digits.toString('latin1', 0, at)
}

/** What is left of a number over a group of them is counted in small integers. */
const DIGITS_PER_GROUP = 6
const GROUP = 10 ** DIGITS_PER_GROUP

/** Where the number ends that begins at `at`: a whole one, never negative, as amounts and places are. */
function writeNumber(value: number, at: number): number {
  if (value < GROUP) return writeDigits(value, at, digitsOf(value))
  const high = Math.floor(value / GROUP)
  return writeDigits(value - high * GROUP, writeNumber(high, at), DIGITS_PER_GROUP)
}

function digitsOf(value: number): number {
  if (value < 1_000) return value < 10 ? 1 : value < 100 ? 2 : 3
  return value < 10_000 ? 4 : value < 100_000 ? 5 : 6
}

function writeDigits(value: number, at: number, count: number): number {
  let rest = value | 0
  for (let place = at + count - 1; place >= at; place--) {
    const tens = (rest / 10) | 0
    digits[place] = ZERO + rest - tens * 10
    rest = tens
  }
  return at + count
}

export function whyFirst(plan: RankedPlan): PlanReason {
  // Where nobody is first, nobody asks.
  if (plan.size === 0) return 'only_eligible'
  if (plan.isBehindAt(0)) return 'rate_limited_upstream'
  if (plan.size === 1) return 'only_eligible'
  const first = Math.round(plan.expectedCostAt(0) / PICO_PER_NANO)
  for (let rank = 1; rank < plan.size; rank++) {
    const isCheaper = Math.round(plan.expectedCostAt(rank) / PICO_PER_NANO) < first
    if (isCheaper && !plan.isBehindAt(rank)) return 'faster_within_1_percent'
  }
  return 'cheapest'
}

/** Spelled once for all plans whose verdicts are the same. */
const spelled = new WeakMap<object, { readonly list: RouteList; readonly text: string }>()

function verdictsOf(plan: RankedPlan, list: RouteList): string {
  const { verdicts } = plan
  if (verdicts === null) return spellVerdicts(plan, list)
  let known = spelled.get(verdicts)
  if (known?.list !== list) {
    known = { list, text: spellVerdicts(plan, list) }
    spelled.set(verdicts, known)
  }
  return known.text
}

function spellVerdicts(plan: RankedPlan, list: RouteList): string {
  const codes = Buffer.allocUnsafe(list.ids.length).fill(NOBODY_ASKED)
  for (let rank = 0; rank < plan.size; rank++) codes[plan.placeAt(rank)] = ELIGIBLE
  const reasons: string[] = []
  for (const { route, reason } of plan.rejected) {
    let at = reasons.indexOf(reason)
    if (at === -1) at = reasons.push(reason) - 1
    codes[list.placeOf(route)] = FIRST_REASON + at
  }
  return `|${reasons.join(',')}|${codes.toString('latin1')}`
}

/** Of `encodeDecision`'s text. */
export function readPlanReason(text: string): PlanReason {
  return REASON_OF.get(text.charAt(text.indexOf(' ') + 1)) ?? 'cheapest'
}

/** The version of the list that `readDecision` needs; null where the text is no decision. */
export function decisionVersion(text: string): string | null {
  const end = text.indexOf(' ')
  return end < 1 ? null : text.slice(0, end)
}

/** A plan as it was kept, for reading many: numbers alone. */
export interface KeptPlan {
  /** In order of rank, each `KEPT_NUMBERS` long: place in the list, expected cost in picodollars, 1 where it is behind. */
  readonly eligible: readonly number[]
  /** Why a route was none; null for one that was, or that nobody asked about. */
  reasonAt(place: number): string | null
}

export const KEPT_NUMBERS = 3

/** Null where the text is no decision. */
export function readKeptPlan(text: string): KeptPlan | null {
  const from = text.indexOf(' ') + 2
  const endOfEligible = text.indexOf('|', from)
  const endOfReasons = text.indexOf('|', endOfEligible + 1)
  if (from < 2 || endOfEligible === -1 || endOfReasons === -1) return null
  const names = text.slice(endOfEligible + 1, endOfReasons).split(',')
  return {
    eligible: readEligible(text, from, endOfEligible),
    reasonAt: (place) => names[text.charCodeAt(endOfReasons + 1 + place) - FIRST_REASON] ?? null,
  }
}

const COMMA = 0x2c
const SEMICOLON = 0x3b
const ZERO = 0x30

/** `PLACE,EXPECTED,WORST;` or `PLACE,EXPECTED,WORST,1;`, again and again, digit by digit: splitting takes ten times as long. */
function readEligible(text: string, from: number, end: number): readonly number[] {
  const numbers: number[] = []
  let field = 0
  let value = 0
  let place = 0
  let expected = 0
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code !== COMMA && code !== SEMICOLON) {
      value = value * 10 + code - ZERO
      continue
    }
    if (field === 0) place = value
    else if (field === 1) expected = value * PICO_PER_NANO
    if (code === SEMICOLON) {
      numbers.push(place, expected, field === BEHIND_FIELD ? value : 0)
      field = -1
    }
    field++
    value = 0
  }
  return numbers
}

/** After the place and both costs. */
const BEHIND_FIELD = 3

/** The candidates of `encodeDecision`'s text, the eligible first, in the order of the plan; `ids` as its list had them. */
export function readDecision(text: string, ids: readonly string[]): readonly DecisionCandidate[] {
  const [eligible, reasons, codes] = text.slice(text.indexOf(' ') + 2).split('|')
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
