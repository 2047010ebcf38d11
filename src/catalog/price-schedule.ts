// The prices of one model in one region over time: dated sheets, each with brackets by prompt length and, for some
// providers, other brackets while a window of a calendar is open.

import type { Pico } from '../core/money.ts'
import { type Calendar, calendarState } from './calendar.ts'

/** Whole picodollars per token. */
export interface Rates {
  readonly input: Pico
  readonly cachedInput: Pico
  readonly cacheWrite: Pico
  readonly cacheWriteLong: Pico
  readonly output: Pico
}

export interface Bracket {
  /** Longest prompt, all input classes together, that is charged here; Infinity in the last one. */
  readonly upToPromptTokens: number
  readonly rates: Rates
}

/** By prompt length, shortest first. The whole request is charged at one bracket. */
export type Brackets = readonly Bracket[]

export interface PriceSheet {
  /** When it comes into force; -Infinity: always was. */
  readonly fromMs: number
  readonly base: TieredBrackets
  readonly window: { readonly calendar: Calendar; readonly brackets: TieredBrackets } | null
  readonly source: string
  /** `YYYY-MM-DD`; null: nobody has to look again. */
  readonly checked: string | null
}

/** The ordinary brackets, and those of service tiers that cost something else. */
export interface TieredBrackets {
  readonly ordinary: Brackets
  readonly byServiceTier: ReadonlyMap<string, Brackets>
}

/** What holds without a change over `[fromMs, untilMs)`. */
export interface PriceSegment {
  readonly fromMs: number
  readonly untilMs: number
  readonly brackets: TieredBrackets
}

export interface PriceSchedule {
  /** Sheets in order of their dates, never empty. */
  readonly sheets: readonly PriceSheet[]
  /** Null before the first sheet comes into force. */
  segmentAt(atMs: number): PriceSegment | null
}

/** `sheets` in order of `fromMs`. */
export function createPriceSchedule(sheets: readonly PriceSheet[]): PriceSchedule {
  // The router prices every route of every request: a segment is found once and kept while it lasts, and with it the
  // other one that is asked for in turn, the next, which a hold has to foresee.
  let latest: PriceSegment | null = null
  let other: PriceSegment | null = null
  return {
    sheets,
    segmentAt(atMs) {
      if (latest !== null && atMs >= latest.fromMs && atMs < latest.untilMs) return latest
      const before = latest
      latest = other
      other = before
      if (latest === null || atMs < latest.fromMs || atMs >= latest.untilMs)
        latest = findSegment(sheets, atMs)
      return latest
    },
  }
}

function findSegment(sheets: readonly PriceSheet[], atMs: number): PriceSegment | null {
  const index = sheets.findLastIndex((sheet) => sheet.fromMs <= atMs)
  const sheet = sheets[index]
  if (sheet === undefined) return null
  const nextFromMs = sheets[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY
  if (sheet.window === null) return { fromMs: sheet.fromMs, untilMs: nextFromMs, brackets: sheet.base }
  const { calendar, brackets } = sheet.window
  const { isOpen, fromMs, untilMs } = calendarState(calendar, atMs)
  return {
    fromMs: Math.max(fromMs, sheet.fromMs),
    untilMs: Math.min(untilMs, nextFromMs),
    brackets: isOpen ? brackets : sheet.base,
  }
}
