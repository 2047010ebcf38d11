// What the ledger is told of a request before anything of it is sent, and of each attempt before that is.

import { priceUsage } from '../catalog/price-usage.ts'
import type { Pico } from '../core/money.ts'
import type { AttemptRecord } from '../core/request-record.ts'
import type { Dispatch, Hold } from '../ledger/store.ts'
import { askedTier } from '../routing/estimate.ts'
import type { PlannedRoute } from '../routing/plan.ts'
import { baselineOf } from './baseline.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

export function buildHold(services: ChatServices, story: Story, amount: Pico): Hold {
  return {
    ...story.payer,
    requestId: story.requestId,
    amount,
    accounts: story.accounts,
    heldAtMs: story.startedAtMs,
    leaseUntilMs: services.leases.untilMs(),
    tags: story.tags,
    requestedModel: story.request.model,
    tier: story.requirements.tier,
    isStream: story.request.isStream,
    decision: story.decision,
    ...(story.trace === null ? {} : { trace: story.trace }),
    dispatch: buildDispatch(services, story, { planned: story.plan.at(0), earlier: [] }),
  }
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
    cost: priceUsage(prices, planned.usage, {
      atMs: nowMs,
      serviceTier: askedTier(route, story.requirements),
    }),
  }
  const { baseline, baselineModel } = baselineOf(services, story, planned)
  return earlier.length === 0
    ? { attempt, baseline, baselineModel }
    : { attempt, baseline, baselineModel, earlier }
}
