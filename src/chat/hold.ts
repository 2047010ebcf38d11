// Before anything goes upstream: the worst case is set aside and what is about to be sent is written down, in one step.

import { priceUsage } from '../catalog/price-usage.ts'
import { GatewayError } from '../core/errors.ts'
import type { Pico } from '../core/money.ts'
import type { AttemptRecord } from '../core/request-record.ts'
import { type Dispatch, StoreUnavailableError } from '../ledger/store.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { baselineOf } from './baseline.ts'
import { mayGoOn } from './may-go-on.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

/** What is set aside for all attempts together. Throws GatewayError `store_unavailable` where the policy is to fail closed. */
export async function holdWorstCase(services: ChatServices, story: Story): Promise<Pico> {
  const { policy, ledger, leases, clock } = services
  const { plan } = story
  // Every attempt that is still allowed may be billed: a deadline that runs out does not stop the provider's meter. A stream
  // that is gone on with may come back to the only route there is.
  const mostAttempts = plan.size + (mayGoOn(services, story.request) ? 1 : 0)
  let sum = 0
  for (let rank = 0; rank < Math.min(mostAttempts, policy.maxAttempts); rank++)
    sum += plan.worstCaseAt(Math.min(rank, plan.size - 1))
  const amount = Math.min(sum, story.requirements.maxCost ?? sum)
  try {
    await ledger.hold({
      ...story.payer,
      requestId: story.requestId,
      amount,
      heldAtMs: story.startedAtMs,
      leaseUntilMs: clock.now() + policy.leaseMs,
      tags: story.tags,
      requestedModel: story.request.model,
      tier: story.requirements.tier,
      isStream: story.request.isStream,
      decision: story.decision,
      dispatch: buildDispatch(services, story, { planned: plan.at(0), earlier: [] }),
    })
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    if (policy.whenStoreAway === 'refuse') {
      // It may have the hold all the same, and the sweep would book what was never sent.
      ledger.release([story.requestId]).catch(() => undefined)
      throw new GatewayError(
        'store_unavailable',
        'The spend store cannot be reached, and this gateway does not spend unrecorded; try again soon.',
        { cause: error },
      )
    }
  }
  leases.track(story.requestId)
  return amount
}

export interface NextAttempt {
  readonly planned: PlannedRoute
  /** Attempts of the request that have ended. */
  readonly earlier: readonly AttemptRecord[]
}

/** The attempt as it will be booked if nobody comes back from it. */
export function buildDispatch(
  services: ChatServices,
  story: Story,
  { planned, earlier }: NextAttempt,
): Dispatch {
  const { route } = planned
  const nowMs = services.clock.now()
  const prices = services.catalog.prices(route)
  if (prices === null) throw new Error(`a plan with a route that has no price: ${route.id}`)
  const attempt: AttemptRecord = {
    attemptId: `${story.requestId}.${earlier.length + 1}`,
    route: route.id,
    provider: route.provider,
    model: route.model,
    effort: route.effort,
    startedAtMs: nowMs,
    firstByteAtMs: null,
    endedAtMs: nowMs,
    outcome: 'expired',
    status: null,
    reason: null,
    usage: planned.usage,
    source: 'estimated',
    cost: priceUsage(prices, planned.usage, { atMs: nowMs }),
  }
  const baseline = baselineOf(services, story, planned.usage)
  return { attempt, ...baseline, ...(earlier.length === 0 ? {} : { earlier }) }
}
