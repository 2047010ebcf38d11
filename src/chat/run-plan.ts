// Runs a plan: the cheapest route first, and after a failure whatever its class lets make sense, within the attempts and
// the money that are set aside, and never again once a byte has gone to the client.

import { setTimeout as delay } from 'node:timers/promises'
import type { Pico } from '../core/money.ts'
import type { AttemptRecord, RequestOutcome } from '../core/request-record.ts'
import type { Usage } from '../core/usage.ts'
import { StoreUnavailableError } from '../ledger/store.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { type Answer, deliver } from './deliver.ts'
import { explainFailure } from './explain-failure.ts'
import { buildDispatch, type NextAttempt } from './hold.ts'
import { type FailedAttempt, nextSteps, type Step } from './next-step.ts'
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
  /** Of the answer that the client got; null when it got none. */
  readonly usage: Usage | null
}

/** `held`: what is set aside for all attempts together. */
export async function runPlan(services: ChatServices, story: Story, held: Pico): Promise<Run> {
  const attempts: AttemptRecord[] = []
  const failed: FailedAttempt[] = []
  let last: Tried | null = null
  let filtered: Answer | null = null
  for (;;) {
    const planned = await takeStep(services, story, { attempts, failed, held })
    if (planned === null) break
    last = await tryNext(services, story, { planned, earlier: attempts })
    attempts.push(last.record)
    if (last.end === 'answered' && last.answer !== null)
      return finish(services, story, { answer: last.answer, attempts })
    if (last.end === 'interrupted')
      return { outcome: 'stream_interrupted', status: 200, attempts, usage: last.record.usage }
    if (last.end === 'client_gone' || last.failure === null) break
    failed.push({ planned, failure: last.failure })
    filtered ??= last.answer
  }
  if (story.client.isGone) return { outcome: 'client_gone', status: 499, attempts, usage: null }
  // Nobody had anything better to say: what was withheld is the answer.
  if (filtered !== null) return finish(services, story, { answer: filtered, attempts })
  const { outcome, error } = explainFailure(failed.map(({ failure }) => failure))
  story.client.fail(error, last === null ? [] : last.headers)
  return { outcome, status: error.status, attempts, usage: null }
}

interface Finish {
  readonly answer: Answer
  readonly attempts: readonly AttemptRecord[]
}

function finish(services: ChatServices, story: Story, { answer, attempts }: Finish): Run {
  deliver(services, story, { answer, attempts })
  return { outcome: 'success', status: 200, attempts, usage: answer.record.usage }
}

interface SoFar {
  readonly attempts: readonly AttemptRecord[]
  readonly failed: readonly FailedAttempt[]
  readonly held: Pico
}

/** The route to try now, once any wait is over; null when nothing is left. */
async function takeStep(
  services: ChatServices,
  story: Story,
  { attempts, failed, held }: SoFar,
): Promise<PlannedRoute | null> {
  const { circuits, policy, random } = services
  if (attempts.length >= policy.maxAttempts) return null
  const spent = attempts.reduce((sum, attempt) => sum + attempt.cost.total, 0)
  const steps = nextSteps({
    chosen: story.plan.chosen,
    failed,
    onContentFilter: story.onContentFilter,
    random: random(),
  })
  for (const step of steps) {
    if (story.client.isGone) return null
    if (spent + step.planned.worstCase > held || isOutOfTime(services, story, step)) continue
    if (step.waitMs > 0 && !(await waitFor(services, story, step))) continue
    if (circuits.admit(step.planned.route)) return step.planned
  }
  return null
}

/** Sent then, it would be stopped at once, and billed all the same. */
function isOutOfTime({ clock, endpoints }: ChatServices, story: Story, { planned, waitMs }: Step): boolean {
  const totalMs = endpoints.get(planned.route.provider)?.deadlines.totalMs ?? 0
  return clock.now() + waitMs - story.startedAtMs >= totalMs
}

/** False, and no wait, where the circuit will be open all the same; the wait ends early when the client leaves. */
async function waitFor(
  { circuits, clock }: ChatServices,
  { client, stopwatch }: Story,
  { planned, waitMs }: Step,
): Promise<boolean> {
  const { state, untilMs } = circuits.status(planned.route)
  if (state !== 'closed' && (untilMs ?? 0) > clock.now() + waitMs) return false
  const left = new AbortController()
  client.onGone(() => left.abort())
  stopwatch.stop()
  await delay(waitMs, undefined, { signal: left.signal }).catch(() => undefined)
  stopwatch.start()
  return !client.isGone
}

async function tryNext(services: ChatServices, story: Story, next: NextAttempt): Promise<Tried> {
  const { planned, earlier } = next
  try {
    if (planned !== story.plan.chosen[0] || earlier.length > 0) await writeDown(services, story, next)
    return await tryRoute(services, story, { planned, before: earlier })
  } catch (error) {
    // A fault of ours says nothing about the route, and a probe that never reports would keep it away for good.
    services.circuits.released(planned.route)
    throw error
  }
}

/** Tells the ledger what is sent now. Where the store is away, the policy was applied when the hold was taken. */
async function writeDown(services: ChatServices, story: Story, next: NextAttempt): Promise<void> {
  try {
    await services.ledger.redispatch(story.requestId, buildDispatch(services, story, next))
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
  }
}
