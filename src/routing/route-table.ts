// The routes of a catalogue in columns: what stands at one place of each column belongs to one route. A plan looks at all
// routes of every request; numbers side by side cost it a fraction of what objects all over memory do.

import type { Route } from '../core/route.ts'

/** Where a route stands in the columns. */
export type Place = number

export interface RouteTable {
  readonly routes: readonly Route[]
  readonly maxPromptTokens: Float64Array
  readonly maxOutputTokens: Float64Array
  readonly contextTokens: Float64Array
  /** Shorter prompts are cached by nobody; Infinity where there is no cache. */
  readonly cacheFromTokens: Float64Array
  /** Infinity where no end is known. */
  readonly servedUntilMs: Float64Array
  /** Place in `tokenizers`. */
  readonly tokenizerOf: Uint16Array
  /** Names of the token estimator's families. */
  readonly tokenizers: readonly string[]
  placeOf(route: Route): Place
}

export function createRouteTable(routes: readonly Route[]): RouteTable {
  const places = new Map(routes.map((route, place) => [route, place]))
  const tokenizers = [...new Set(routes.map(({ tokenizer }) => tokenizer))]
  const numbers = (read: (route: Route) => number): Float64Array => Float64Array.from(routes, read)
  return {
    routes,
    maxPromptTokens: numbers((route) => route.maxPromptTokens),
    maxOutputTokens: numbers((route) => route.maxOutputTokens),
    contextTokens: numbers((route) => route.contextTokens),
    cacheFromTokens: numbers(({ cache }) => cache?.minTokens ?? Number.POSITIVE_INFINITY),
    servedUntilMs: numbers(({ servedUntilMs }) => servedUntilMs ?? Number.POSITIVE_INFINITY),
    tokenizerOf: Uint16Array.from(routes, ({ tokenizer }) => tokenizers.indexOf(tokenizer)),
    tokenizers,
    placeOf(route) {
      const place = places.get(route)
      if (place === undefined) throw new RangeError(`${route.id} is not in the table`)
      return place
    },
  }
}
