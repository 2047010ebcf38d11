// Price sheets of the file → the schedule of one model in one region.

import type { Pico } from '../core/money.ts'
import type { Calendar } from './calendar.ts'
import type { ReportProblem } from './catalog-error.ts'
import {
  type Bracket,
  type Brackets,
  createPriceSchedule,
  type PriceSchedule,
  type PriceSheet,
  type Rates,
  type TieredBrackets,
} from './price-schedule.ts'
import type { BracketEntry, SheetEntry } from './schema.ts'

export interface PriceContext {
  /** Where the sheets stand, `models[3].prices`. */
  readonly path: string
  /** What a sheet without a region is for. */
  readonly defaultRegion: string
  readonly regions: readonly string[]
  readonly calendars: ReadonlyMap<string, Calendar>
  readonly report: ReportProblem
}

/** Null where there is no sheet for the region. Checks the sheets of every region. */
export function buildPrices(
  sheets: readonly SheetEntry[],
  region: string,
  context: PriceContext,
): PriceSchedule | null {
  const built = sheets.map((sheet, index) => ({
    region: sheet.region ?? context.defaultRegion,
    sheet: buildSheet(sheet, { ...context, path: `${context.path}[${index}]` }),
  }))
  const wanted = built.filter((entry) => entry.region === region).map(({ sheet }) => sheet)
  const inOrder = wanted.toSorted((a, b) => a.fromMs - b.fromMs)
  if (inOrder.some((sheet, index) => sheet.fromMs === inOrder[index + 1]?.fromMs)) {
    context.report({
      path: context.path,
      problem: `two sheets of ${region} come into force on the same day`,
      wanted: 'one sheet per region and day',
    })
  }
  return inOrder.length === 0 ? null : createPriceSchedule(inOrder)
}

function buildSheet(sheet: SheetEntry, context: PriceContext): PriceSheet {
  const { path, report } = context
  if (sheet.region !== undefined && !context.regions.includes(sheet.region)) {
    report({
      path: `${path}.region`,
      problem: `${sheet.region} is no region of this provider`,
      wanted: `one of ${context.regions.join(', ')}`,
    })
  }
  const calendar = sheet.window === undefined ? undefined : context.calendars.get(sheet.window.calendar)
  if (sheet.window !== undefined && calendar === undefined) {
    const wanted = `one of ${[...context.calendars.keys()].join(', ')}`
    report({
      path: `${path}.window.calendar`,
      problem: `there is no calendar ${sheet.window.calendar}`,
      wanted,
    })
  }
  return {
    fromMs: sheet.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(sheet.from),
    base: buildTiers(sheet.brackets, sheet, { path: `${path}.brackets`, report }),
    window:
      sheet.window === undefined || calendar === undefined
        ? null
        : {
            calendar,
            brackets: buildTiers(sheet.window.brackets, sheet, { path: `${path}.window.brackets`, report }),
          },
    source: sheet.source,
    checked: sheet.checked,
  }
}

interface Place {
  readonly path: string
  readonly report: ReportProblem
}

function buildTiers(
  entries: readonly BracketEntry[],
  sheet: SheetEntry,
  { path, report }: Place,
): TieredBrackets {
  const ordinary = buildBrackets(entries, { path, report })
  const byServiceTier = new Map<string, Brackets>()
  for (const [name, multiplier] of Object.entries(sheet.service_tiers)) {
    const brackets = ordinary.map((bracket) => multiplied(bracket, multiplier))
    if (brackets.some(({ rates }) => Object.values(rates).some(Number.isNaN))) {
      report({
        path,
        problem: `times ${multiplier} for the service tier ${name} is not a whole number of picodollars per token`,
        wanted: 'a multiplier that leaves at most six decimals of a price per million tokens',
      })
    }
    byServiceTier.set(name, brackets)
  }
  return { ordinary, byServiceTier }
}

function buildBrackets(entries: readonly BracketEntry[], { path, report }: Place): Brackets {
  let longest = 0
  return entries.map((entry, index): Bracket => {
    const isLast = index === entries.length - 1
    if (isLast !== (entry.up_to === undefined)) {
      report({
        path: `${path}[${index}].up_to`,
        problem: isLast ? 'is set in the last bracket' : 'is missing',
        wanted: 'up_to in every bracket but the last',
      })
    }
    const upToPromptTokens = entry.up_to ?? Number.POSITIVE_INFINITY
    if (upToPromptTokens <= longest) {
      report({
        path: `${path}[${index}].up_to`,
        problem: `${upToPromptTokens} is not above the bracket before`,
        wanted: 'brackets in order of length',
      })
    }
    longest = upToPromptTokens
    return { upToPromptTokens, rates: buildRates(entry) }
  })
}

/** A class without a price of its own is charged as the class it would otherwise be: unknown is never free. */
function buildRates(entry: BracketEntry): Rates {
  const cacheWrite = entry.cache_write ?? entry.input
  return {
    input: entry.input,
    cachedInput: entry.cached_input ?? entry.input,
    cacheWrite,
    cacheWriteLong: entry.cache_write_long ?? cacheWrite,
    output: entry.output,
  }
}

function multiplied({ upToPromptTokens, rates }: Bracket, multiplier: string): Bracket {
  const times = (rate: Pico): Pico => exactProduct(rate, multiplier)
  return {
    upToPromptTokens,
    rates: {
      input: times(rates.input),
      cachedInput: times(rates.cachedInput),
      cacheWrite: times(rates.cacheWrite),
      cacheWriteLong: times(rates.cacheWriteLong),
      output: times(rates.output),
    },
  }
}

/** `multiplier` as `1.75` or `5/3`; NaN where the product is no whole number. */
function exactProduct(rate: Pico, multiplier: string): Pico {
  const [decimal = '', denominator = '1'] = multiplier.split('/')
  const [whole = '', fraction = ''] = decimal.split('.')
  const product = BigInt(rate) * BigInt(whole + fraction)
  const divisor = BigInt(denominator) * 10n ** BigInt(fraction.length)
  return product % divisor === 0n ? Number(product / divisor) : Number.NaN
}
