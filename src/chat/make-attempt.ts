// One attempt as the ledger has to hear of it: written down before it is sent, and its circuit never left waiting.

import { StoreUnavailableError } from '../ledger/store.ts'
import { routeDemand } from './admit.ts'
import { buildDispatch } from './dispatch.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'
import { type Tried, type Try, tryRoute } from './try-route.ts'

/** Null where the limits of the route have no room: nothing was sent. */
export async function makeAttempt(services: ChatServices, story: Story, next: Try): Promise<Tried | null> {
  const { planned, before } = next
  try {
    // The first one of a plan was written down with the hold.
    const isWrittenDown = before.length === 0 && planned.place === story.plan.placeAt(0)
    if (!isWrittenDown && !(await writeDown(services, story, next))) {
      services.circuits.released(planned.route)
      return null
    }
    return await tryRoute(services, story, next)
  } catch (error) {
    // A fault of ours says nothing about the route, and a probe that never reports would keep it away for good.
    services.circuits.released(planned.route)
    throw error
  }
}

/**
 * Tells the ledger what is sent now; false where it may not be. Where the store is away, the policy was applied when the
 * hold was taken.
 */
async function writeDown(services: ChatServices, story: Story, { planned, before }: Try): Promise<boolean> {
  try {
    const dispatch = buildDispatch(services, story, { planned, earlier: before })
    const rates = routeDemand(services, planned, dispatch.attempt.attemptId)
    const admission = await services.ledger.redispatch(story.requestId, dispatch, rates)
    return admission.kind !== 'limited'
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    return true
  }
}
