// Which of its vendor's APIs a request speaks on a route. Facts of the catalogue decide, never a model's name.

import type { Effort, Route } from './route.ts'

export type Surface = 'chat' | 'responses'

/** The Responses API refuses a smaller output cap (users' reports, 2026). */
export const LEAST_RESPONSES_OUTPUT = 16

export interface SurfaceQuestion {
  readonly toolCount: number
  /** Tools given as `functions`, which only Chat Completions has. */
  readonly hasFunctions: boolean
  /** Images or files stand in results of tools. */
  readonly hasResultMedia: boolean
  /** The client's own; a route's goes before it. */
  readonly reasoningEffort: Effort | null
}

/** Without tools every route speaks Chat Completions. */
export function isAlwaysChat({ toolCount }: Pick<SurfaceQuestion, 'toolCount'>): boolean {
  return toolCount === 0
}

export function surfaceOf(
  { toolsOnChat, effort: routeEffort }: Route,
  { toolCount, reasoningEffort }: Pick<SurfaceQuestion, 'toolCount' | 'reasoningEffort'>,
): Surface {
  if (isAlwaysChat({ toolCount }) || toolsOnChat === 'always') return 'chat'
  const effort = routeEffort ?? reasoningEffort
  if (toolsOnChat === 'effort_unset') return effort === null ? 'chat' : 'responses'
  return toolsOnChat === 'effort_none' && effort === 'none' ? 'chat' : 'responses'
}
