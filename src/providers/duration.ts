// Lengths of time as providers write them: `20ms`, `1.5s`, `6m0s`, `2 seconds`.

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  milliseconds: 1,
  s: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}

const PART = /^\s*(\d{1,12}(?:\.\d{1,9})?)\s*([a-z]+)/i

/** Milliseconds of the duration that the text begins with; null where it begins with none. */
export function readDurationMs(text: string): number | null {
  let rest = text
  let total: number | null = null
  for (let part = PART.exec(rest); part !== null; part = PART.exec(rest)) {
    const unit = UNITS[part[2]?.toLowerCase() ?? '']
    if (unit === undefined) break
    total = (total ?? 0) + Number(part[1]) * unit
    rest = rest.slice(part[0].length)
  }
  return total === null ? null : Math.ceil(total)
}
