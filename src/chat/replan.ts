// A later attempt of a request that asks for something else than the first: planned anew, as part of the same story.

import { GatewayError } from '../core/errors.ts'
import type { Pico } from '../core/money.ts'
import type { ChatRequest } from '../openai/chat-request.ts'
import { planRoutes } from '../routing/plan.ts'
import { type Requirements, readRequirements } from '../routing/requirements.ts'
import { recalledBytes } from './recalled-turns.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import type { WorldView } from './world.ts'

export interface Replan {
  /** May throw GatewayError: what cannot be asked for is served by no route. */
  readonly ask: () => ChatRequest
  readonly world: WorldView
  /** Of the money that is set aside. */
  readonly left: Pico
  readonly adapt?: (asked: Requirements) => Requirements
}

/** Null where no route can serve it. */
export function replan(
  services: ChatServices,
  story: Story,
  { ask, world, left, adapt = (asked) => asked }: Replan,
): Story | null {
  try {
    const request = ask()
    const now = world.at(services.clock.now())
    const names = story.schema === null ? services.names : { ...services.names, checksSchema: true }
    const asked = readRequirements(request, story.caller, names)
    const requirements = adapt({
      ...asked,
      maxCost: asked.maxCost === null ? null : left,
      needsOutputBound: story.requirements.needsOutputBound,
      recalledBytes: recalledBytes(
        services.providers,
        { recalled: story.recalled, request },
        now.table.routes,
      ),
    })
    return { ...story, request, requirements, plan: planRoutes(requirements, now) }
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}
