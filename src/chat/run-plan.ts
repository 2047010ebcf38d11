// Runs a plan: the cheapest route first, and after a failure whatever its class lets make sense, within the attempts and
// the money that are set aside, and never again once a byte has gone to the client.

import { setTimeout as delay } from 'node:timers/promises'
import type { Pico } from '../core/money.ts'
import type { AttemptRecord } from '../core/request-record.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import type { Answer } from './deliver.ts'
import { explainFailure } from './explain-failure.ts'
import { MISFIT, type Misfit } from './find-misfit.ts'
import { goOn } from './go-on.ts'
import { covers, isSpent, type Leeway } from './leeway.ts'
import { makeAttempt } from './make-attempt.ts'
import { mayGoOn } from './may-go-on.ts'
import { type FailedAttempt, nextSteps, type Step } from './next-step.ts'
import { mended, planRepair } from './repair.ts'
import { finish, interrupt, type Run } from './run.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import { Transcript } from './transcript.ts'
import type { Tried } from './try-route.ts'
import type { WorldView } from './world.ts'

export interface RunOptions {
  /** What is set aside for all attempts together. */
  readonly held: Pico
  readonly world: WorldView
}

export async function runPlan(services: ChatServices, story: Story, options: RunOptions): Promise<Run> {
  const attempts: AttemptRecord[] = []
  const failed: FailedAttempt[] = []
  const full = new Set<string>()
  const leeway: Leeway = { attempts, held: options.held, full }
  let last: Tried | null = null
  let filtered: Answer | null = null
  let misfit: Misfit | null = null
  for (;;) {
    const repair =
      misfit === null ? null : planRepair(services, story, { misfit, leeway, world: options.world })
    misfit = null
    const planned = repair?.planned ?? (await takeStep(services, story, { leeway, failed }))
    if (planned === null) break
    const asked = repair?.story ?? story
    const transcript = mayGoOn(services, story.request) ? new Transcript() : null
    const tried = await makeAttempt(services, asked, { planned, before: attempts, transcript, goesOn: false })
    if (tried === null) {
      full.add(planned.route.id)
      continue
    }
    last = tried
    attempts.push(last.record)
    if (last.end === 'answered' && last.answer !== null) {
      const answer = repair === null ? last.answer : mended(last.answer, attempts.at(-2))
      return finish(services, story, { answer, attempts })
    }
    if (last.end === 'interrupted')
      return endBroken(services, story, { ...options, last, attempts, transcript })
    if (last.end === 'client_gone' || last.failure === null) break
    failed.push({ planned, failure: last.failure })
    misfit = mayRepair(services, failed) ? last.misfit : null
    filtered ??= last.answer
  }
  if (story.client.isGone) return { outcome: 'client_gone', status: 499, attempts, answered: null }
  // Nobody had anything better to say: what was withheld is the answer.
  if (filtered !== null) return finish(services, story, { answer: filtered, attempts })
  const { outcome, error } = explainFailure(
    failed.map(({ failure }) => failure),
    full.size > 0,
  )
  story.client.fail(error, last === null ? [] : last.headers)
  return { outcome, status: error.status, attempts, answered: null }
}

/** Once in a request. */
function mayRepair({ policy }: ChatServices, failed: readonly FailedAttempt[]): boolean {
  const misfits = failed.filter(({ failure }) => failure === MISFIT)
  return policy.jsonSchema === 'repaired' && misfits.length === 1
}

interface Broken extends RunOptions {
  readonly last: Tried
  readonly attempts: AttemptRecord[]
  readonly transcript: Transcript | null
}

/** Another attempt goes on with the stream where that may be; else the client is told. */
async function endBroken(
  services: ChatServices,
  story: Story,
  { last, attempts, transcript, held, world }: Broken,
): Promise<Run> {
  const { failure, record, headers } = last
  if (transcript === null)
    return interrupt(story, { failure, attempts, answered: { usage: record.usage, route: record } })
  return goOn(services, story, { failure, attempts, last: record, transcript, headers, held, world })
}

interface SoFar {
  readonly leeway: Leeway
  readonly failed: readonly FailedAttempt[]
}

/** The route to try now, once any wait is over; null when nothing is left. */
async function takeStep(
  services: ChatServices,
  story: Story,
  { leeway, failed }: SoFar,
): Promise<PlannedRoute | null> {
  const { circuits, random } = services
  if (isSpent(services, story, leeway)) return null
  const steps = nextSteps({
    chosen: story.plan,
    failed,
    onContentFilter: story.caller.onContentFilter,
    random: random(),
  })
  for (const step of steps) {
    if (!covers(services, story, { leeway, step })) continue
    if (step.waitMs > 0 && !(await waitFor(services, story, step))) continue
    if (circuits.admit(step.planned.route)) return step.planned
  }
  return null
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
