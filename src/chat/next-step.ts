// Where a request goes after a failure, by the policy of its class: the same route again, another one, or nowhere.
// Pure: who may be asked now (circuits) and the waiting are run-plan's.

import { type AttemptFailure, FAILURE_POLICY } from '../core/failure.ts'
import type { PlannedRoute } from '../routing/plan.ts'

export interface FailedAttempt {
  readonly planned: PlannedRoute
  readonly failure: AttemptFailure
}

export interface Step {
  readonly planned: PlannedRoute
  readonly waitMs: number
}

export interface StepInput {
  /** The plan's routes, cheapest first. */
  readonly chosen: Iterable<PlannedRoute>
  /** In order. */
  readonly failed: readonly FailedAttempt[]
  readonly onContentFilter: 'stop' | 'next'
  /** From 0 to below 1: requests that failed together must not come back together. */
  readonly random: number
}

/** Before the same route is tried again at once, with as much again at random. */
const AGAIN_AFTER_MS = 150
/** No client waits longer than this for the only route that is left. */
export const LONGEST_WAIT_MS = 5_000

/** The steps that make sense now, best first; none when the request is lost. */
export function nextSteps(input: StepInput): Iterable<Step> {
  const { chosen, failed, onContentFilter } = input
  const last = failed.at(-1)
  if (last === undefined) return eachAtOnce(chosen)
  const policy = FAILURE_POLICY[last.failure.class]
  if (policy.next === 'none' || (last.failure.class === 'content_filter' && onContentFilter === 'stop'))
    return []
  const others = [...chosen]
    .filter((planned) => timesTried(planned, failed) === 0 && suits(planned, failed))
    .map(atOnce)
  const again = policy.again === 'once' ? againAtOnce(last, input) : []
  return [...again, ...others, ...lastResorts(input)]
}

/** One by one: a plan has dozens, and most requests take the first. */
function* eachAtOnce(chosen: Iterable<PlannedRoute>): Iterable<Step> {
  for (const planned of chosen) yield atOnce(planned)
}

function atOnce(planned: PlannedRoute): Step {
  return { planned, waitMs: 0 }
}

/** Nothing that was learned from the failures of other routes speaks against it. */
function suits({ route }: PlannedRoute, failed: readonly FailedAttempt[]): boolean {
  return failed.every(({ planned: { route: other }, failure }) => {
    const { next } = FAILURE_POLICY[failure.class]
    if (route.id === other.id) return true
    if (next === 'longer_context') return route.contextTokens > other.contextTokens
    return next !== 'other_provider' || route.provider !== other.provider
  })
}

/** Once in a request: the attempts that are left are worth more on other routes. */
function againAtOnce({ planned, failure }: FailedAttempt, { failed, random }: StepInput): readonly Step[] {
  if (failed.some((other) => timesTried(other.planned, failed) > 1)) return []
  if ((failure.retryAfterMs ?? 0) > LONGEST_WAIT_MS) return []
  const leastMs = Math.max(AGAIN_AFTER_MS, failure.retryAfterMs ?? 0)
  return [{ planned, waitMs: leastMs + random * AGAIN_AFTER_MS }]
}

/** Routes whose provider named a short wait, the shortest first. */
function lastResorts({ failed, random }: StepInput): readonly Step[] {
  return failed
    .filter(({ planned, failure }) => {
      const isShort = failure.retryAfterMs !== null && failure.retryAfterMs <= LONGEST_WAIT_MS
      const isMeant = FAILURE_POLICY[failure.class].again === 'last_resort'
      return isMeant && isShort && timesTried(planned, failed) === 1 && suits(planned, failed)
    })
    .map(({ planned, failure }) => ({
      planned,
      waitMs: (failure.retryAfterMs ?? 0) + random * AGAIN_AFTER_MS,
    }))
    .toSorted((a, b) => a.waitMs - b.waitMs)
}

function timesTried({ route }: PlannedRoute, failed: readonly FailedAttempt[]): number {
  return failed.filter(({ planned }) => planned.route.id === route.id).length
}
