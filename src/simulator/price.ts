// The simulator's own arithmetic of a bill, in BigInt and on purpose not the gateway's: its books are what the gateway's
// ledger is checked against.

import type {
  SimulatedBracket,
  SimulatedModel,
  SimulatedPeak,
  SimulatedSheet,
  SimulatedUsage,
} from './simulated-model.ts'

const MINUTE_MS = 60_000

export interface ChargedAt {
  /** When the request came. */
  readonly atMs: number
  /** The tier it was served at; null where the vendor has none. */
  readonly serviceTier?: string | null
}

/** Picodollars that the provider charges for `usage`. */
export function chargePico(
  model: SimulatedModel,
  usage: SimulatedUsage,
  { atMs, serviceTier = null }: ChargedAt,
): bigint {
  const sheet = sheetInForce(model, atMs)
  const [numerator, denominator] = multiplierOf(sheet, serviceTier)
  return (ordinaryCharge(bracketInForce(sheet, usage, atMs), usage) * numerator) / denominator
}

/** As a fraction; the ordinary price where the sheet has nothing else for the tier. */
function multiplierOf({ serviceTiers }: SimulatedSheet, tier: string | null): readonly [bigint, bigint] {
  const [whole = '1', fraction = ''] = (serviceTiers?.[tier ?? ''] ?? '1').split('/')
  const [digits = '', decimals = ''] = whole.split('.')
  const scale = 10n ** BigInt(decimals.length)
  return [BigInt(digits + decimals), scale * BigInt(fraction === '' ? '1' : fraction)]
}

function ordinaryCharge(bracket: SimulatedBracket, usage: SimulatedUsage): bigint {
  return (
    BigInt(usage.input) * picoPerToken(bracket.input) +
    BigInt(usage.cachedInput) * picoPerToken(bracket.cachedInput) +
    BigInt(usage.cacheWrite) * picoPerToken(bracket.cacheWrite) +
    BigInt(usage.cacheWriteLong) * picoPerToken(bracket.cacheWriteLong) +
    BigInt(usage.output) * picoPerToken(bracket.output)
  )
}

function sheetInForce(model: SimulatedModel, atMs: number): SimulatedSheet {
  const sheet = model.sheets.findLast(({ fromMs }) => fromMs === null || fromMs <= atMs)
  if (sheet === undefined) throw new RangeError(`${model.id} has no price at ${new Date(atMs).toISOString()}`)
  return sheet
}

function bracketInForce(sheet: SimulatedSheet, usage: SimulatedUsage, atMs: number): SimulatedBracket {
  const brackets = sheet.peak !== null && isPeak(sheet.peak, atMs) ? sheet.peak.brackets : sheet.brackets
  const prompt = usage.input + usage.cachedInput + usage.cacheWrite + usage.cacheWriteLong
  const bracket = brackets.find(({ upToTokens }) => upToTokens === null || prompt <= upToTokens)
  if (bracket === undefined) throw new RangeError(`a sheet has no price for ${prompt} prompt tokens`)
  return bracket
}

/** Whether the moment is in a dearer window, by the vendor's own wall clock. */
function isPeak(peak: SimulatedPeak, atMs: number): boolean {
  const local = new Date(atMs + peak.utcOffsetMinutes * MINUTE_MS)
  const day = local.toISOString().slice(0, 10)
  if (peak.holidays.includes(day)) return false
  if (!peak.weekdays.includes(local.getUTCDay()) && !peak.workingDays.includes(day)) return false
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
  return peak.windows.some(([from, to]) => minute >= from && minute < to)
}

/** 0.15 USD per million tokens is 150,000 picodollars per token: the decimal point moves six places. */
function picoPerToken(usdPerMillion: string): bigint {
  const [whole = '', fraction = ''] = usdPerMillion.split('.')
  if (!/^\d+$/.test(whole) || !/^\d{0,6}$/.test(fraction))
    throw new RangeError(`not a price: ${usdPerMillion}`)
  return BigInt(whole + fraction.padEnd(6, '0'))
}
