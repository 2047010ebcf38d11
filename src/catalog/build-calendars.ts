// Calendar entries of the file → calendars, with the holidays of the years that are known.

import type { Calendar, MinuteRange } from './calendar.ts'
import type { ReportProblem } from './catalog-error.ts'
import type { CalendarEntry, CatalogFile } from './schema.ts'

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

export function buildCalendars(file: CatalogFile, report: ReportProblem): ReadonlyMap<string, Calendar> {
  checkHolidays(file, report)
  return new Map(
    Object.entries(file.calendars).map(([name, entry]) => [
      name,
      buildCalendar(file, { name, entry, report }),
    ]),
  )
}

interface Entry {
  readonly name: string
  readonly entry: CalendarEntry
  readonly report: ReportProblem
}

function buildCalendar(file: CatalogFile, { name, entry, report }: Entry): Calendar {
  const country = entry.except_holidays
  const years = country === undefined ? [] : file.holidays[country]
  if (years === undefined) {
    const wanted = `one of ${Object.keys(file.holidays).join(', ')}`
    report({ path: `calendars.${name}.except_holidays`, problem: `${country} has no holidays here`, wanted })
  }
  const windows = entry.windows.map(readRange)
  if (!areInOrder(windows)) {
    report({
      path: `calendars.${name}.windows`,
      problem: 'overlap or are out of order',
      wanted: 'ranges in order, each ending before the next begins',
    })
  }
  return {
    name,
    utcOffsetMinutes: readOffset(entry.utc_offset),
    weekdays: new Set(entry.days.map((day) => WEEKDAYS.indexOf(day))),
    windows,
    holidays: new Set(years?.flatMap((year) => year.holidays)),
    workingDays: new Set(years?.flatMap((year) => year.working_days)),
  }
}

function checkHolidays(file: CatalogFile, report: ReportProblem): void {
  for (const [country, years] of Object.entries(file.holidays)) {
    years.forEach(({ year, holidays, working_days }, index) => {
      const path = `holidays.${country}[${index}]`
      const stray = [...holidays, ...working_days].find((date) => !date.startsWith(`${year}-`))
      if (stray !== undefined) report({ path, problem: `has ${stray}`, wanted: `dates of ${year}` })
      const isRepeated = years.findIndex((other) => other.year === year) < index
      if (isRepeated)
        report({ path: `${path}.year`, problem: `${year} stands twice`, wanted: 'each year once' })
    })
  }
}

/** A year without published holidays counts as having none: the dearer assumption, and one that an operator should know of. */
export function holidayWarnings(file: CatalogFile, nowMs: number): readonly string[] {
  const thisYear = new Date(nowMs).getUTCFullYear()
  return Object.entries(file.holidays).flatMap(([country, years]) =>
    // From December on next year's are published and needed soon.
    [new Date(nowMs).getUTCMonth() === 11 ? thisYear + 1 : thisYear]
      .filter((year) => !years.some((known) => known.year === year))
      .map(
        (year) =>
          `no public holidays of ${country} for ${year}: every weekday is charged as a working day until holidays.${country} has them`,
      ),
  )
}

function readRange(range: string): MinuteRange {
  const [start = '', end = ''] = range.split('-')
  return { start: readMinute(start), end: readMinute(end) }
}

function readMinute(time: string): number {
  const [hours = '', minutes = ''] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}

function readOffset(offset: string): number {
  return (offset.startsWith('-') ? -1 : 1) * readMinute(offset.slice(1))
}

function areInOrder(windows: readonly MinuteRange[]): boolean {
  let end = -1
  for (const window of windows) {
    if (window.start <= end || window.end <= window.start) return false
    end = window.end
  }
  return true
}
