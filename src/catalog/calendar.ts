// Time windows in which a provider charges other prices: days of the week and hours at a fixed offset from UTC, with
// public holidays and make-up working days as dated data. A fixed offset knows no daylight saving, and neither do these.

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const DAY_MS = DAY_MINUTES * MINUTE_MS

export interface Calendar {
  readonly name: string
  readonly utcOffsetMinutes: number
  /** 0 = Sunday. */
  readonly weekdays: ReadonlySet<number>
  /** Minutes of the local day, `[start, end)`, in order. */
  readonly windows: readonly MinuteRange[]
  /** Local dates, `YYYY-MM-DD`, on which no window opens. */
  readonly holidays: ReadonlySet<string>
  /** Local dates at a weekend that count as a weekday. */
  readonly workingDays: ReadonlySet<string>
}

export interface MinuteRange {
  readonly start: number
  readonly end: number
}

/** Whether a window is open, and the stretch of time around the moment over which that stays so, `[fromMs, untilMs)`. */
export interface CalendarState {
  readonly isOpen: boolean
  readonly fromMs: number
  readonly untilMs: number
}

export function calendarState(calendar: Calendar, atMs: number): CalendarState {
  const localMs = atMs + calendar.utcOffsetMinutes * MINUTE_MS
  const dayStartMs = Math.floor(localMs / DAY_MS) * DAY_MS
  const at = (minute: number): number =>
    dayStartMs + minute * MINUTE_MS - calendar.utcOffsetMinutes * MINUTE_MS
  if (!isWindowDay(calendar, dayStartMs)) return { isOpen: false, fromMs: at(0), untilMs: at(DAY_MINUTES) }

  const minute = (localMs - dayStartMs) / MINUTE_MS
  let start = 0
  for (const window of calendar.windows) {
    if (minute < window.start) return { isOpen: false, fromMs: at(start), untilMs: at(window.start) }
    if (minute < window.end) return { isOpen: true, fromMs: at(window.start), untilMs: at(window.end) }
    start = window.end
  }
  return { isOpen: false, fromMs: at(start), untilMs: at(DAY_MINUTES) }
}

function isWindowDay(calendar: Calendar, dayStartMs: number): boolean {
  const day = new Date(dayStartMs)
  const date = day.toISOString().slice(0, 10)
  if (calendar.holidays.has(date)) return false
  return calendar.weekdays.has(day.getUTCDay()) || calendar.workingDays.has(date)
}
