// Which of the recalled turns a provider takes back on a route, and how much longer they make the prompt.

import type { Route } from '../core/route.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { ProviderRegistry } from '../providers/registry.ts'
import type { TurnPart } from '../providers/turn-parts.ts'
import type { RecalledTurn, RecalledTurns } from './turn-memory.ts'

export interface Past {
  readonly request: ChatRequest
  readonly recalled: RecalledTurns
}

/** By the place of their message. */
export function turnsFor(
  providers: ProviderRegistry,
  past: Past,
  route: Route,
): ReadonlyMap<number, readonly TurnPart[]> {
  return new Map(ownTurns(providers, past, route).map(([index, { parts }]) => [index, parts]))
}

/** How many bytes the turns that a route is given back have at most, by the route's place; null: none anywhere. */
export function recalledBytes(
  providers: ProviderRegistry,
  past: Past,
  routes: readonly Route[],
): Float64Array | null {
  if (past.recalled.size === 0) return null
  return Float64Array.from(routes, (route) =>
    ownTurns(providers, past, route).reduce((sum, [, { bytes }]) => sum + bytes, 0),
  )
}

const NONE: readonly (readonly [number, RecalledTurn])[] = []

function ownTurns(
  providers: ProviderRegistry,
  { recalled, request }: Past,
  route: Route,
): readonly (readonly [number, RecalledTurn])[] {
  if (recalled.size === 0) return NONE
  const { id, wantsTurnsOf } = providers.for(route, request)
  if (wantsTurnsOf === null) return NONE
  return [...recalled].filter(
    ([, { provider, model }]) => provider === id && (wantsTurnsOf === 'any_model' || model === route.model),
  )
}
