// A stream that broke off after its first byte, gone on with by another route: one that can be given what was written, and
// writes what follows. The client sees one answer; the ledger has every attempt.

import { type AttemptFailure, FAILURE_POLICY } from '../core/failure.ts'
import type { Pico } from '../core/money.ts'
import { type AttemptRecord, requestCost } from '../core/request-record.ts'
import { addUsage, NO_USAGE, type Usage } from '../core/usage.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import type { ReplyHeaders } from './client-reply.ts'
import { continueRequest } from './continue-request.ts'
import { type AnswerUsage, usageOfParts } from './deliver.ts'
import { covers, isSpent, type Leeway } from './leeway.ts'
import { makeAttempt } from './make-attempt.ts'
import { replan } from './replan.ts'
import { finish, interrupt, type Run } from './run.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import type { Transcript } from './transcript.ts'
import type { WorldView } from './world.ts'

export interface BrokenStream {
  readonly failure: AttemptFailure | null
  /** All so far; the last one broke off. */
  readonly attempts: AttemptRecord[]
  /** The attempt that broke off. */
  readonly last: AttemptRecord
  readonly transcript: Transcript
  readonly headers: ReplyHeaders
  /** What is set aside for all attempts together. */
  readonly held: Pico
  readonly world: WorldView
}

/** Attempts that wrote a part of the answer, the first one began it. */
type Parts = [AttemptRecord, ...AttemptRecord[]]

export async function goOn(services: ChatServices, story: Story, broken: BrokenStream): Promise<Run> {
  const { attempts, transcript, headers } = broken
  const parts: Parts = [broken.last]
  const full = new Set<string>()
  let { failure } = broken
  for (;;) {
    const step = takeStep(services, story, { ...broken, parts, full, failure })
    if (step === null) return interrupt(story, { failure, attempts, answered: usageOf(parts).asOne })
    transcript.goOn()
    const { planned } = step
    const tried = await makeAttempt(services, step.story, {
      planned,
      before: attempts,
      transcript,
      goesOn: true,
    })
    if (tried === null) {
      full.add(planned.route.id)
      continue
    }
    attempts.push(tried.record)
    if (tried.end === 'answered' || tried.end === 'interrupted') parts.push(tried.record)
    if (tried.end === 'client_gone')
      return { outcome: 'client_gone', status: 499, attempts, answered: usageOf(parts).asOne }
    if (tried.end === 'answered' && tried.answer !== null) {
      const answer = { content: tried.answer.content, headers, usage: usageOf(parts), transcript }
      return finish(services, story, { answer, attempts })
    }
    failure = tried.failure
  }
}

interface SoFar extends BrokenStream, Leeway {
  readonly attempts: AttemptRecord[]
  readonly parts: Readonly<Parts>
}

interface Continuation {
  readonly story: Story
  readonly planned: PlannedRoute
}

/** The cheapest route that can go on, that what is left covers, and that has not been tried unless no other is left. */
function takeStep(services: ChatServices, story: Story, soFar: SoFar): Continuation | null {
  const { attempts, parts, transcript, failure, held, world } = soFar
  if (isSpent(services, story, soFar) || !transcript.isPlain) return null
  if (parts.at(-1) === attempts.at(-1) && !passes(failure)) return null
  const left = held - requestCost({ attempts })
  const next = continueStory(services, story, { parts, transcript, world, left })
  if (next === null) return null
  const timesTried = ({ route }: PlannedRoute): number =>
    attempts.filter((attempt) => attempt.route === route.id).length
  const inOrder = next.plan.chosen.toSorted((a, b) => timesTried(a) - timesTried(b))
  for (const planned of inOrder) {
    if (timesTried(planned) > 1) continue
    if (!covers(services, story, { leeway: soFar, step: { planned, waitMs: 0 } })) continue
    if (services.circuits.admit(planned.route)) return { story: next, planned }
  }
  return null
}

/** What the provider found wrong with the request itself, another one would find as well. */
function passes(failure: AttemptFailure | null): boolean {
  return failure !== null && FAILURE_POLICY[failure.class].blame === 'provider'
}

interface Remainder {
  readonly parts: Readonly<Parts>
  readonly transcript: Transcript
  readonly world: WorldView
  /** Of the money that is set aside. */
  readonly left: Pico
}

/** The request for what is left of the answer, planned anew; null where no route can serve it. */
function continueStory(
  services: ChatServices,
  story: Story,
  { parts, transcript, world, left }: Remainder,
): Story | null {
  const { output: used } = usageOf(parts).told
  return replan(services, story, {
    ask: () => continueRequest(story.request, { text: transcript.text, used }),
    world,
    left,
    adapt: (asked) => ({
      ...asked,
      capabilities: asked.capabilities.map((name) => (name === 'prefix' ? 'resume' : name)),
    }),
  })
}

function usageOf(parts: Readonly<Parts>): AnswerUsage {
  const told = parts.reduce<Usage>((sum, { usage }) => addUsage(sum, usage), NO_USAGE)
  return usageOfParts(parts[0], told)
}
