// Runs a plan: the cheapest route first, the next one when an attempt fails in a way that another route can mend, and
// never again once a byte has gone to the client.

import { GatewayError } from '../core/errors.ts'
import { type AttemptFailure, FAILURE_POLICY } from '../core/failure.ts'
import type { AttemptRecord, RequestOutcome } from '../core/request-record.ts'
import { StoreUnavailableError } from '../ledger/store.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { wordsForClient } from './failure-words.ts'
import { buildDispatch, type NextAttempt } from './hold.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import { type Tried, tryRoute } from './try-route.ts'

/** A plan that was run to its end; the client has been answered. */
export interface Run {
  readonly outcome: RequestOutcome
  /** HTTP status the client got. */
  readonly status: number
  /** In order; the last one is the one that answered, if any did. */
  readonly attempts: readonly AttemptRecord[]
}

export async function runPlan(services: ChatServices, story: Story): Promise<Run> {
  const attempts: AttemptRecord[] = []
  let last: Tried | null = null
  for (const planned of story.plan.chosen) {
    if (attempts.length >= services.policy.maxAttempts || story.client.isGone) break
    if (last !== null && !isWorthTrying(services, story, { planned, attempts, after: last })) continue
    if (!services.circuits.admit(planned.route.id)) continue
    last = await tryNext(services, story, { planned, attempts })
    attempts.push(last.record)
    if (last.end === 'answered') return { outcome: 'success', status: 200, attempts }
    if (last.end === 'interrupted') return { outcome: 'stream_interrupted', status: 200, attempts }
    if (last.end === 'client_gone') break
    if (last.failure === null || FAILURE_POLICY[last.failure.class].next === 'none') break
  }
  if (story.client.isGone) return { outcome: 'client_gone', status: 499, attempts }
  const { outcome, error } = explainFailure(last?.failure ?? null)
  story.client.fail(error, last === null ? [] : last.headers)
  return { outcome, status: error.status, attempts }
}

interface Next {
  readonly planned: PlannedRoute
  readonly attempts: readonly AttemptRecord[]
}

async function tryNext(services: ChatServices, story: Story, { planned, attempts }: Next): Promise<Tried> {
  try {
    if (planned !== story.plan.chosen[0] || attempts.length > 0) {
      await writeDown(services, story, { planned, earlier: attempts })
    }
    return await tryRoute(services, story, { planned, before: attempts })
  } catch (error) {
    // A fault of ours says nothing about the route, and a probe that never reports would keep it away for good.
    services.circuits.released(planned.route.id)
    throw error
  }
}

function isWorthTrying(
  { endpoints, clock }: ChatServices,
  story: Story,
  { planned, attempts, after }: Next & { readonly after: Tried },
): boolean {
  const { route, worstCase } = planned
  const totalMs = endpoints.get(route.provider)?.deadlines.totalMs ?? 0
  // Sent now, it would be stopped at once, and billed all the same.
  if (clock.now() - story.startedAtMs >= totalMs) return false
  if (after.failure?.class === 'context_too_long' && route.contextTokens <= after.contextTokens) return false
  const { maxCost } = story.requirements
  if (maxCost === null) return true
  const spent = attempts.reduce((sum, attempt) => sum + attempt.cost.total, 0)
  return spent + worstCase <= maxCost
}

/** Tells the ledger what is sent now. Where the store is away, the policy was applied when the hold was taken. */
async function writeDown(services: ChatServices, story: Story, next: NextAttempt): Promise<void> {
  try {
    await services.ledger.redispatch(story.requestId, buildDispatch(services, story, next))
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
  }
}

/** What the client is told when no attempt answered. */
function explainFailure(failure: AttemptFailure | null): { outcome: RequestOutcome; error: GatewayError } {
  if (failure === null) {
    const message = 'Every route that could serve this request is recovering from failures; try again soon.'
    return { outcome: 'upstream_error', error: new GatewayError('upstream_error', message) }
  }
  // What the provider found wrong with the request itself is the client's to mend, in the provider's words and status;
  // inside a stream it has no status of its own.
  if (FAILURE_POLICY[failure.class].next !== 'any') {
    const { status, code } = failure
    const details = {
      status: status !== null && status >= 400 && status < 500 ? status : 400,
      ...(code === null ? {} : { code }),
    }
    return {
      outcome: 'upstream_rejected',
      error: new GatewayError('upstream_rejected', failure.message, details),
    }
  }
  if (failure.class === 'timeout') {
    return {
      outcome: 'upstream_timeout',
      error: new GatewayError(
        'upstream_timeout',
        `No provider answered in time; the last one: ${failure.message}.`,
      ),
    }
  }
  const message = `Every attempt failed; of the last provider: ${wordsForClient(failure)}`
  return { outcome: 'upstream_error', error: new GatewayError('upstream_error', message) }
}
