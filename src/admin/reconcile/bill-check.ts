// A provider's bill against the ledger, by day and model; each difference with the cause that the numbers allow.

import type { SpendRow } from '../../ledger/store.ts'
import { type Bill, type BilledTokens, type BillLine, modelFamily } from './bill.ts'
import { type Cause, type Difference, magnitude } from './difference.ts'

/** The ledger's spend at that provider, grouped by day and model. */
export function compareBill(bill: Bill, rows: readonly SpendRow[]): readonly Difference[] {
  // A bill that does not tell days or models apart is held against sums that do not, either.
  const hasDays = bill.lines.some((line) => line.day !== null)
  const hasModels = bill.lines.some((line) => line.model !== null)
  const places = new Map<string, Place>()
  const placeOf = (ofDay: string | null, ofModel: string | null): Place => {
    const day = hasDays ? ofDay : null
    const model = hasModels && ofModel !== null ? modelFamily(ofModel) : null
    const name = JSON.stringify([day, model])
    const place = places.get(name) ?? newPlace(day, model)
    places.set(name, place)
    return place
  }
  for (const row of rows) addRow(placeOf(row.group['day'] ?? null, row.group['model'] ?? null), row)
  const others = bill.lines.filter(({ charge }) => charge !== null)
  for (const line of bill.lines) if (line.charge === null) addLine(placeOf(line.day, line.model), line)
  const hasMoney = bill.lines.some(({ cost }) => cost !== null)
  const hasTokens = bill.lines.some(({ tokens }) => tokens !== null)
  const found = [...places.values()].flatMap((place) => {
    const cause = causeOf(place, { hasMoney, hasTokens, rounding: bill.rounding })
    return cause === null ? [] : [buildDifference(bill, place, cause)]
  })
  const charges = others.map((line) => ({
    ...buildDifference(bill, newPlace(line.day, line.charge), 'other_charge'),
    other: line.cost ?? 0n,
  }))
  return [...found, ...charges].toSorted(byPlace)
}

interface Place {
  readonly day: string | null
  readonly model: string | null
  ledger: bigint
  estimated: bigint
  attempts: number
  readonly used: { input: number; output: number }
  billed: bigint
  lines: number
  tokens: BilledTokens | null
}

interface Known {
  readonly hasMoney: boolean
  readonly hasTokens: boolean
  readonly rounding: bigint
}

function newPlace(day: string | null, model: string | null): Place {
  return {
    day,
    model,
    ledger: 0n,
    estimated: 0n,
    attempts: 0,
    used: { input: 0, output: 0 },
    billed: 0n,
    lines: 0,
    tokens: null,
  }
}

function addRow(place: Place, row: SpendRow): void {
  place.ledger += row.cost
  place.estimated += row.estimated
  place.attempts += row.attempts
  place.used.input += row.inputTokens
  place.used.output += row.outputTokens
}

function addLine(place: Place, { cost, tokens }: BillLine): void {
  place.lines++
  place.billed += cost ?? 0n
  if (tokens === null) return
  const before = place.tokens ?? { input: 0, output: 0 }
  place.tokens = { input: before.input + tokens.input, output: before.output + tokens.output }
}

/** Null where nothing differs. */
function causeOf(place: Place, { hasMoney, hasTokens, rounding }: Known): Cause | null {
  const { ledger, billed, lines, attempts } = place
  const difference = magnitude(billed - ledger)
  const hasSameTokens =
    (place.tokens?.input ?? 0) === place.used.input && (place.tokens?.output ?? 0) === place.used.output
  if (hasMoney ? difference === 0n : hasSameTokens) return null
  if (hasMoney && difference <= rounding * BigInt(Math.max(lines, 1))) return 'rounding'
  if (billed < 0n) return 'topped_up'
  if (attempts === 0) return 'not_in_ledger'
  if (lines === 0) return 'not_in_bill'
  if (hasMoney && difference <= place.estimated) return 'estimated'
  if (!hasTokens) return 'unexplained'
  return hasSameTokens ? 'price' : 'tokens'
}

function buildDifference(
  { provider }: Bill,
  { day, model, ledger, billed }: Place,
  cause: Cause,
): Difference {
  return { check: 'bill', subject: provider, day, model, ledger, other: billed, cause }
}

function byPlace(left: Difference, right: Difference): number {
  return `${left.day} ${left.model}`.localeCompare(`${right.day} ${right.model}`)
}
