// Rows of spend by time and group → what a chart of stacked bars draws: one series for each group, dearest first, with a
// value for every bucket of the period, those without spend too.

export interface TimedRow {
  readonly time: string
  readonly group: string | null
  readonly cost: number
  readonly baseline: number
}

export interface SpendSeries {
  /** Where each bucket begins, seconds since 1970. */
  readonly times: readonly number[]
  readonly series: readonly { readonly name: string; readonly costs: readonly number[] }[]
  readonly costs: readonly number[]
  readonly baselines: readonly number[]
}

export interface SeriesOptions {
  readonly fromMs: number
  readonly toMs: number
  readonly stepMs: number
}

/** Colours that can be told apart. */
const MAX_SERIES = 8
export const NO_GROUP = 'none'
export const OTHERS = 'all others'

export function buildSeries(rows: readonly TimedRow[], { fromMs, toMs, stepMs }: SeriesOptions): SpendSeries {
  const times: number[] = []
  for (let time = fromMs; time < toMs; time += stepMs) times.push(time / 1000)
  const zeros = (): number[] => times.map(() => 0)
  const costs = zeros()
  const baselines = zeros()
  const names = rankGroups(rows)
  const shown = names.length > MAX_SERIES ? [...names.slice(0, MAX_SERIES - 1), OTHERS] : names
  const series = shown.map((name) => ({ name, costs: zeros() }))
  for (const row of rows) {
    const bucket = Math.floor((Date.parse(row.time) - fromMs) / stepMs)
    if (bucket < 0 || bucket >= times.length) continue
    add(costs, bucket, row.cost)
    add(baselines, bucket, row.baseline)
    const name = row.group ?? NO_GROUP
    const found = series.find((one) => one.name === name) ?? series.at(-1)
    if (found !== undefined) add(found.costs, bucket, row.cost)
  }
  return { times, series, costs, baselines }
}

/** What each series reaches up to when they stand on each other, the topmost first. */
export function stackUp(series: readonly { readonly costs: readonly number[] }[]): readonly number[][] {
  const tops: number[][] = []
  let below: readonly number[] = []
  for (const { costs } of series) {
    const top = costs.map((cost, index) => cost + (below[index] ?? 0))
    tops.unshift(top)
    below = top
  }
  return tops
}

/** What each has come to so far. */
export function addUp(amounts: readonly number[]): readonly number[] {
  let sum = 0
  return amounts.map((amount) => (sum += amount))
}

function rankGroups(rows: readonly TimedRow[]): readonly string[] {
  const sums = new Map<string, number>()
  for (const { group, cost } of rows) {
    const name = group ?? NO_GROUP
    sums.set(name, (sums.get(name) ?? 0) + cost)
  }
  return [...sums].toSorted(([, one], [, other]) => other - one).map(([name]) => name)
}

function add(amounts: number[], index: number, amount: number): void {
  amounts[index] = (amounts[index] ?? 0) + amount
}
