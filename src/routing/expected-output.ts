// How many tokens a route will write for a request: a prior by tier and effort, replaced step by step by what the route
// really wrote for requests of the same kind.

import type { Effort, Route } from '../core/route.ts'
import type { Tier } from '../core/tier.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { Place } from './route-table.ts'

/** Requests of one kind are answered at similar length. */
export type RequestKind = number

const REQUEST_KINDS = 8
const WITH_TOOLS = 1
const WITH_JSON = 2
const LONG_PROMPT = 4
const LONG_PROMPT_BYTES = 8_192

export function requestKind({ features, raw }: ChatRequest): RequestKind {
  return (
    (features.toolCount > 0 ? WITH_TOOLS : 0) |
    (features.responseFormat === 'text' ? 0 : WITH_JSON) |
    (raw.length > LONG_PROMPT_BYTES ? LONG_PROMPT : 0)
  )
}

/** What bounds and multiplies an answer. */
export interface OutputShape {
  readonly kind: RequestKind
  /** The request's own cap per choice; null when it sets none. */
  readonly maxOutputTokens: number | null
  readonly choices: number
}

export interface OutputExpectation {
  /** Tokens over all choices, reasoning included; at least one. */
  expected(place: Place, shape: OutputShape): number
  /** The route wrote `output` tokens over all choices, reasoning included. */
  observe(place: Place, shape: OutputShape, output: number): void
  /** What was learned of the route, for an expectation of another catalogue; null where it has none such. */
  learned(routeId: string): LearnedOutput | null
}

export interface LearnedOutput {
  readonly overall: number
  readonly seen: number
  readonly seenByKind: Int32Array
  readonly byKind: readonly number[]
}

// Priors, set: answers of chat applications run to a few hundred visible tokens; reasoning multiplies by effort
// (on one public build set the same work took four times the money on one model as on another of the same price, nearly
// all of it reasoning). They matter for a route's first answers only.
const VISIBLE: Readonly<Record<Tier, number>> = { economy: 300, standard: 350, premium: 400, frontier: 450 }
const REASONING: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 100,
  low: 300,
  medium: 800,
  high: 1_600,
  xhigh: 3_000,
  max: 6_000,
}
/** Providers' defaults lie between medium and max. */
const DEFAULT_EFFORT: Effort = 'high'

/** Observations that the prior counts for. */
const PRIOR_OBSERVATIONS = 2
/** Weight of the newest observation once there are many: the last twenty or so decide. */
const LEAST_WEIGHT = 0.05

/** What one route wrote. */
interface Means {
  /** Over all kinds: where a kind that was not seen yet starts. */
  overall: number
  seen: number
  readonly seenByKind: Int32Array
}

/** It begins with what the one before learned of the same routes. */
export function createOutputExpectation(
  routes: readonly Route[],
  before?: OutputExpectation,
): OutputExpectation {
  const known = routes.map(({ id }) => before?.learned(id) ?? null)
  const learned = routes.map(
    (route, place): Means => ({
      overall: known[place]?.overall ?? priorOutput(route),
      seen: known[place]?.seen ?? 0,
      seenByKind: Int32Array.from(known[place]?.seenByKind ?? new Int32Array(REQUEST_KINDS)),
    }),
  )
  // Per kind a column over all routes: what a plan reads.
  const columns = Array.from({ length: REQUEST_KINDS }, (_, kind) =>
    Float64Array.from(routes, (route, place) => known[place]?.byKind[kind] ?? priorOutput(route)),
  )
  const placeOf = new Map(routes.map(({ id }, place) => [id, place]))
  const mostOf = Float64Array.from(routes, (route) => route.maxOutputTokens)
  const meanOf = (place: Place, kind: RequestKind): number => columns[kind]?.[place] ?? 0

  return {
    expected(place, { kind, maxOutputTokens, choices }) {
      const most = Math.min(mostOf[place] ?? 0, maxOutputTokens ?? Number.POSITIVE_INFINITY)
      return Math.max(1, Math.round(Math.min(meanOf(place, kind), most) * choices))
    },

    observe(place, { kind, maxOutputTokens, choices }, output) {
      const means = learned[place]
      if (means === undefined || !Number.isFinite(output) || output < 0) return
      const each = output / choices
      const mean = meanOf(place, kind)
      // Cut off by its cap: the answer would have been longer, so it can only raise the mean.
      if (maxOutputTokens !== null && each >= maxOutputTokens && each < mean) return
      const seen = means.seenByKind[kind] ?? 0
      means.seenByKind[kind] = seen + 1
      means.overall = moved(means.overall, each, means.seen)
      means.seen++
      for (const [other, column] of columns.entries()) {
        if (other === kind) column[place] = moved(mean, each, seen)
        else if (means.seenByKind[other] === 0) column[place] = means.overall
      }
    },

    learned(routeId) {
      const place = placeOf.get(routeId) ?? -1
      const means = learned[place]
      if (means === undefined || means.seen === 0) return null
      return { ...means, byKind: columns.map((column) => column[place] ?? 0) }
    },
  }
}

function priorOutput({ tier, effort, reasons }: Route): number {
  return VISIBLE[tier] + (reasons ? REASONING[effort ?? DEFAULT_EFFORT] : 0)
}

function moved(mean: number, observed: number, seen: number): number {
  return mean + Math.max(LEAST_WEIGHT, 1 / (seen + 1 + PRIOR_OBSERVATIONS)) * (observed - mean)
}
