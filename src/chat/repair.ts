// The one attempt to have an answer mended that does not fit its JSON schema: its model is shown what it wrote, and what is
// wrong with it. An attempt like any other: within the attempts, the time and the money that are left.

import type { Pico } from '../core/money.ts'
import { type AttemptRecord, requestCost } from '../core/request-record.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { type Answer, usageOfParts } from './deliver.ts'
import { extendRequest } from './extend-request.ts'
import type { Misfit } from './find-misfit.ts'
import { isOutOfTime } from './make-attempt.ts'
import { replan } from './replan.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import type { WorldView } from './world.ts'

export interface Repair {
  readonly story: Story
  readonly planned: PlannedRoute
}

export interface RepairOptions {
  readonly misfit: Misfit
  /** All so far; the last one wrote the misfit. */
  readonly attempts: readonly AttemptRecord[]
  readonly held: Pico
  readonly world: WorldView
}

/** Null where there is no room for it. */
export function planRepair(
  services: ChatServices,
  story: Story,
  { misfit, attempts, held, world }: RepairOptions,
): Repair | null {
  const { policy, circuits } = services
  if (story.client.isGone || attempts.length >= policy.maxAttempts) return null
  const spent = requestCost({ attempts })
  const messages = [
    { role: 'assistant', content: misfit.text },
    { role: 'user', content: complaint(misfit) },
  ] as const
  const ask = (): ChatRequest => extendRequest(story.request, { messages })
  const next = replan(services, story, { ask, world, left: held - spent })
  const planned = next?.plan.chosen.find(({ route }) => route.id === attempts.at(-1)?.route)
  if (next === null || planned === undefined || spent + planned.worstCase > held) return null
  if (isOutOfTime(services, story, { planned, waitMs: 0 }) || !circuits.admit(planned.route)) return null
  return { story: next, planned }
}

/** Savings are measured against one answer that fits. */
export function mended(answer: Answer, first: AttemptRecord | undefined): Answer {
  const { told } = answer.usage
  return { ...answer, usage: usageOfParts(first?.usage ?? told, told) }
}

function complaint({ problems }: Misfit): string {
  const listed = problems.map((problem) => `- ${problem}`).join('\n')
  return `This JSON does not fit the JSON schema:\n${listed}\nAnswer with the whole JSON value again, corrected, and nothing else.`
}
