// Parameters that are hints: a model may be asked without them. A route that does not honour one is asked without it, and
// the client is told; with `routing.strict` such a route is not eligible.

import type { Effort, Route } from './route.ts'

export const HINTS = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
  'seed',
  'parallel_tool_calls',
  'verbosity',
  'prediction',
  'moderation',
  'service_tier',
  'user',
  'safety_identifier',
  'metadata',
  'store',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  // Vendors' own, which applications send on purpose to the vendor that has them.
  'top_k',
  'repetition_penalty',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'preserve_thinking',
  'user_id',
  'cache_control',
] as const
export type Hint = (typeof HINTS)[number]

const HINT_NAMES: ReadonlySet<string> = new Set(HINTS)

export function isHint(name: string): name is Hint {
  return HINT_NAMES.has(name)
}

/** On a route that does not reason they would turn on what the route has off. */
const SWITCHES: readonly Hint[] = ['thinking', 'enable_thinking', 'thinking_budget']

/** What a request asks of a model besides an answer. */
export interface Asked {
  readonly hints: ReadonlyMap<Hint, unknown>
  readonly reasoningEffort: Effort | null
}

/** What of it the route does not honour as it was asked, by the parameter's name. */
export function lostHints(route: Route, { hints, reasoningEffort }: Asked): readonly string[] {
  const lost: string[] = []
  if (reasoningEffort !== null && !saysEffort(route, reasoningEffort)) lost.push('reasoning_effort')
  for (const [name, value] of hints)
    if (!isSent(route, name, hints) || withinRange(route, name, value) !== value) lost.push(name)
  return lost
}

/** Whether the route takes the hint, among those that are asked for. */
export function isSent(route: Route, name: Hint, hints: Asked['hints']): boolean {
  const { traits, reasons } = route
  if (!traits.hints.has(name) || (SWITCHES.includes(name) && !reasons)) return false
  const value = hints.get(name)
  if (name === 'service_tier' && typeof value === 'string' && !sellsTier(route, value)) return false
  const place = traits.exclusive.indexOf(name)
  return place === -1 || !traits.exclusive.slice(0, place).some((other) => hints.has(other))
}

/** Whether the model can be asked for that `service_tier`: what a vendor does not sell it refuses, and has no price. */
export function sellsTier({ traits }: Route, tier: string): boolean {
  return traits.hints.has('service_tier') && traits.serviceTiers?.has(tier) !== false
}

/** The value, or the nearest that the route takes. */
export function withinRange({ traits }: Route, name: string, value: unknown): unknown {
  const range = traits.ranges.get(name)
  if (range === undefined || typeof value !== 'number') return value
  return Math.min(range.most, Math.max(range.least, value))
}

/**
 * Whether a request at that effort is what the route does: at its own effort, or at the model's default where it has none.
 * Two efforts that the vendor has one word for are the same; a model that does not reason honours `none`.
 */
export function honoursEffort({ effort, reasons, traits }: Route, asked: Effort): boolean {
  if (asked === 'none') return !reasons
  const own = effort ?? traits.defaultEffort
  const word = traits.efforts.get(asked)
  return own !== null && word !== undefined && word === traits.efforts.get(own)
}

/** Whether the model can be told to work at that effort on this route. */
function saysEffort(route: Route, asked: Effort): boolean {
  return honoursEffort(route, asked) || (route.effort === null && route.traits.efforts.has(asked))
}
