// Moments as operators write them: an ISO 8601 date (midnight UTC), date and time with a zone, or seconds since 1970.

const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/
const EPOCH = /^\d{1,13}$/
/** As seconds this is the year 5138, as milliseconds 1973: no one means either of those. */
const LEAST_EPOCH_MS = 100_000_000_000

/** What would be right, for whoever wrote something else. */
export const INSTANT_WORDS = '2026-11-24 (midnight UTC), 2026-11-24T09:30:00Z, or seconds since 1970'

/** Milliseconds since the epoch; null where it is no moment. */
export function readInstant(value: string | number): number | null {
  const text = String(value).trim()
  if (EPOCH.test(text)) {
    const number = Number(text)
    return number < LEAST_EPOCH_MS ? number * 1000 : number
  }
  const timeMs = DATE.test(text) || DATE_TIME.test(text) ? Date.parse(text) : Number.NaN
  // V8 takes 31 February for 3 March: only a date that comes back as it went in is one.
  const isReal =
    !Number.isNaN(timeMs) &&
    new Date(`${text.slice(0, 10)}T00:00Z`).toISOString().startsWith(text.slice(0, 10))
  return isReal ? timeMs : null
}
