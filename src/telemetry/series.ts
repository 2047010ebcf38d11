// Which label values exist: closed sets, so that the number of series is bounded by the configuration and not by
// traffic. Per label set the sums of counters are kept here, exactly, and handed to Prometheus when it asks.

import type { ErrorKind } from '../core/errors.ts'
import type { RequestOutcome } from '../core/request-record.ts'
import type { UsageSource } from '../core/usage.ts'
import type { Labels, Reading } from './read-counter.ts'

/** Stands for every value outside the closed set. */
export const OTHER = 'other'
/** Stands for no value: a request that reached no provider, a key without a team. */
export const NONE = 'none'

/** Counters of one (provider, model, tier, team). Money in picodollars, as bigint: sums outlive what a number holds exactly. */
export interface Series {
  readonly labels: Labels
  /** Those of its tokens, which have no tier: one object for the series of all tiers. */
  readonly tokenLabels: Labels
  readonly outcomes: Map<RequestOutcome | ErrorKind, number>
  readonly spend: Map<UsageSource, bigint>
  baseline: bigint
  input: number
  cachedInput: number
  cacheWrite: number
  output: number
  reasoning: number
}

export interface SeriesKey {
  readonly provider: string
  readonly model: string
  readonly tier: string
  readonly team: string | null
}

export interface SeriesTable {
  /** The series of these values, each outside its closed set replaced by `other`. */
  at(key: SeriesKey): Series
  all(): Iterable<Series>
}

export interface ClosedSets {
  /** `provider/model`, every model that can be routed to. */
  readonly models: ReadonlySet<string>
  readonly tiers: ReadonlySet<string>
  /** Teams beyond this many, in order of appearance, are `other`. */
  readonly maxTeams: number
}

export function createSeriesTable({ models, tiers, maxTeams }: ClosedSets): SeriesTable {
  // Nested by the raw values of known series only; unknown values take the slow way each time and never become a key.
  const table = new Map<string, Series>()
  const tokenLabels = new Map<string, Labels>()
  const teams = new Set<string>()

  const closedTeam = (team: string | null): string => {
    if (team === null) return NONE
    if (teams.has(team)) return team
    if (teams.size >= maxTeams) return OTHER
    teams.add(team)
    return team
  }
  const closedKey = ({ provider, model, tier, team }: SeriesKey): SeriesKey => {
    const isNone = provider === NONE && model === NONE
    const isKnown = isNone || models.has(`${provider}/${model}`)
    return {
      provider: isKnown ? provider : OTHER,
      model: isKnown ? model : OTHER,
      tier: tier === NONE || tiers.has(tier) ? tier : OTHER,
      team: closedTeam(team),
    }
  }
  return {
    at(key) {
      const known = table.get(keyText(key))
      if (known !== undefined) return known
      const closed = closedKey(key)
      const text = keyText(closed)
      let series = table.get(text)
      if (series === undefined) {
        series = createSeries(closed, tokenLabels)
        table.set(text, series)
      }
      return series
    },
    all: () => table.values(),
  }
}

/** NUL cannot stand in a team's name in HTTP or YAML, so no two keys meet. */
function keyText({ provider, model, tier, team }: SeriesKey): string {
  return `${provider}\0${model}\0${tier}\0${team ?? NONE}`
}

function createSeries({ provider, model, tier, team }: SeriesKey, tokenLabels: Map<string, Labels>): Series {
  const labels = { provider, model, tier, team: team ?? NONE }
  const withoutTier = keyText({ provider, model, tier: NONE, team })
  let ofTokens = tokenLabels.get(withoutTier)
  if (ofTokens === undefined) {
    ofTokens = { provider, model, team: labels.team }
    tokenLabels.set(withoutTier, ofTokens)
  }
  return {
    labels,
    tokenLabels: ofTokens,
    outcomes: new Map(),
    spend: new Map(),
    baseline: 0n,
    input: 0,
    cachedInput: 0,
    cacheWrite: 0,
    output: 0,
    reasoning: 0,
  }
}

/** Tokens of billed attempts, the tiers of a model and team added up. */
export function* readTokens(all: Iterable<Series>): Iterable<Reading> {
  const sums = new Map<Labels, Record<keyof typeof TOKEN_TYPES, number>>()
  for (const series of all) {
    if (series.spend.size === 0) continue
    let sum = sums.get(series.tokenLabels)
    if (sum === undefined) {
      sum = { input: 0, cachedInput: 0, cacheWrite: 0, output: 0, reasoning: 0 }
      sums.set(series.tokenLabels, sum)
    }
    sum.input += series.input
    sum.cachedInput += series.cachedInput
    sum.cacheWrite += series.cacheWrite
    sum.output += series.output
    sum.reasoning += series.reasoning
  }
  for (const [shared, sum] of sums) {
    yield { shared, own: TOKEN_TYPES.input, value: sum.input }
    yield { shared, own: TOKEN_TYPES.cachedInput, value: sum.cachedInput }
    yield { shared, own: TOKEN_TYPES.cacheWrite, value: sum.cacheWrite }
    yield { shared, own: TOKEN_TYPES.output, value: sum.output }
    yield { shared, own: TOKEN_TYPES.reasoning, value: sum.reasoning }
  }
}

const TOKEN_TYPES = {
  input: { type: 'input' },
  cachedInput: { type: 'cached_input' },
  cacheWrite: { type: 'cache_write' },
  output: { type: 'output' },
  reasoning: { type: 'reasoning' },
} as const
