// The one attempt to have an answer mended that does not fit its JSON schema: its model is shown what it wrote, and what is
// wrong with it. An attempt like any other: within the attempts, the time and the money that are left.

import { type AttemptRecord, requestCost } from '../core/request-record.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { type Answer, usageOfParts } from './deliver.ts'
import { extendRequest } from './extend-request.ts'
import type { Misfit } from './find-misfit.ts'
import { covers, isSpent, type Leeway } from './leeway.ts'
import { replan } from './replan.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import type { WorldView } from './world.ts'

export interface Repair {
  readonly story: Story
  readonly planned: PlannedRoute
}

export interface RepairOptions {
  /** Of the last attempt. */
  readonly misfit: Misfit
  readonly leeway: Leeway
  readonly world: WorldView
}

/** Null where there is no room for it. */
export function planRepair(
  services: ChatServices,
  story: Story,
  { misfit, leeway, world }: RepairOptions,
): Repair | null {
  if (isSpent(services, story, leeway)) return null
  const { attempts, held } = leeway
  const messages = [
    { role: 'assistant', content: misfit.text },
    { role: 'user', content: complaint(misfit) },
  ] as const
  const ask = (): ChatRequest => extendRequest(story.request, { messages })
  const next = replan(services, story, { ask, world, left: held - requestCost({ attempts }) })
  const planned = next?.plan.chosen.find(({ route }) => route.id === attempts.at(-1)?.route)
  if (next === null || planned === undefined) return null
  if (!covers(services, story, { leeway, step: { planned, waitMs: 0 } })) return null
  return services.circuits.admit(planned.route) ? { story: next, planned } : null
}

/** Savings are measured against one answer that fits. */
export function mended(answer: Answer, first: AttemptRecord | undefined): Answer {
  return first === undefined ? answer : { ...answer, usage: usageOfParts(first, answer.usage.told) }
}

function complaint({ problems }: Misfit): string {
  const listed = problems.map((problem) => `- ${problem}`).join('\n')
  return `This JSON does not fit the JSON schema:\n${listed}\nAnswer with the whole JSON value again, corrected, and nothing else.`
}
