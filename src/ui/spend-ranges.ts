// Periods that spend is looked at in. They begin with a whole hour or day in UTC, as the ledger's sums do.

export interface SpendRange {
  readonly name: string
  readonly label: string
  readonly isHourly: boolean
  readonly stepMs: number
  span(nowMs: number): { readonly from: string; readonly toMs: number }
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export const RANGES: readonly SpendRange[] = [
  lastHours('24h', 'Last 24 hours', 24),
  lastDays('7d', 'Last 7 days', 7),
  lastDays('30d', 'Last 30 days', 30),
  {
    name: 'month',
    label: 'This month',
    isHourly: false,
    stepMs: DAY_MS,
    span: (nowMs) => ({ from: `${new Date(nowMs).toISOString().slice(0, 8)}01`, toMs: nowMs }),
  },
]

export function findRange(name: string): SpendRange {
  const found = RANGES.find((range) => range.name === name) ?? RANGES[0]
  if (found === undefined) throw new Error('there are ranges')
  return found
}

function lastHours(name: string, label: string, hours: number): SpendRange {
  const from = (nowMs: number): number => (Math.floor(nowMs / HOUR_MS) - hours + 1) * HOUR_MS
  return {
    name,
    label,
    isHourly: true,
    stepMs: HOUR_MS,
    span: (nowMs) => ({ from: new Date(from(nowMs)).toISOString(), toMs: nowMs }),
  }
}

function lastDays(name: string, label: string, days: number): SpendRange {
  const from = (nowMs: number): number => (Math.floor(nowMs / DAY_MS) - days + 1) * DAY_MS
  return {
    name,
    label,
    isHourly: false,
    stepMs: DAY_MS,
    span: (nowMs) => ({ from: new Date(from(nowMs)).toISOString(), toMs: nowMs }),
  }
}
