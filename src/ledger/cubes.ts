// Aggregates: sums kept per hour, day and month, by those combinations of dimensions that reports ask for. The smallest one
// that knows all the groups of a report answers it.

import { type Dimensions, HOUR_MS } from './booking.ts'
import type { SpendDimension } from './store.ts'

/** Places in Dimensions, smallest cube first; the last one knows everything. */
const CUBES = {
  total: [],
  routes: [0, 1, 2],
  tags: [3, 6],
  payers: [3, 4, 5],
  teams: [0, 1, 2, 3, 4],
  full: [0, 1, 2, 3, 4, 5, 6],
} as const satisfies Readonly<Record<string, readonly (keyof Dimensions)[]>>

export type Cube = keyof typeof CUBES
export const CUBE_NAMES: readonly Cube[] = ['total', 'routes', 'tags', 'payers', 'teams', 'full']

const PLACES = { provider: 0, model: 1, tier: 2, team: 3, project: 4, key: 5 } as const
const TAGS_PLACE = 6

/** Finest first. */
export const GRAINS = ['hour', 'day', 'month'] as const
export type Grain = (typeof GRAINS)[number]

const DAY_MS = 24 * HOUR_MS

/** Where a dimension that is no time stands in Dimensions. */
export function placeOf(dimension: Exclude<SpendDimension, 'day' | 'hour'>): number {
  return isPlain(dimension) ? PLACES[dimension] : TAGS_PLACE
}

export function isTime(dimension: SpendDimension): dimension is 'day' | 'hour' {
  return dimension === 'day' || dimension === 'hour'
}

export function cubeFor(groupBy: readonly SpendDimension[]): Cube {
  const places = groupBy.flatMap((dimension) => (isTime(dimension) ? [] : [placeOf(dimension)]))
  const knows = (cube: Cube): boolean => places.every((place) => placesOf(cube).includes(place))
  return CUBE_NAMES.find(knows) ?? 'full'
}

export function placesOf(cube: Cube): readonly number[] {
  return CUBES[cube]
}

export function startOf(grain: Grain, timeMs: number): number {
  if (grain === 'hour') return Math.floor(timeMs / HOUR_MS) * HOUR_MS
  if (grain === 'day') return Math.floor(timeMs / DAY_MS) * DAY_MS
  const date = new Date(timeMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

export function nextStart(grain: Grain, startMs: number): number {
  if (grain === 'hour') return startMs + HOUR_MS
  if (grain === 'day') return startMs + DAY_MS
  const date = new Date(startMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

/** In UTC: `2026-11`, `2026-11-24` or `2026-11-24T09:00Z`. */
export function labelOf(grain: Grain, startMs: number): string {
  const text = new Date(startMs).toISOString()
  if (grain === 'hour') return `${text.slice(0, 13)}:00Z`
  return text.slice(0, grain === 'day' ? 10 : 7)
}

function isPlain(dimension: string): dimension is keyof typeof PLACES {
  return Object.hasOwn(PLACES, dimension)
}
