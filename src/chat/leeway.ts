// What a request has left for one more attempt: a client that waits, attempts, money and time. One rule for whoever takes the
// next step, be it another route, a stream to be gone on with or an answer to be mended.

import type { Pico } from '../core/money.ts'
import { type AttemptRecord, requestCost } from '../core/request-record.ts'
import type { Step } from './next-step.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

export interface Leeway {
  /** All so far, in order. */
  readonly attempts: readonly AttemptRecord[]
  /** What is set aside for all attempts together. */
  readonly held: Pico
  /** Ids of routes whose limits had no room. */
  readonly full: ReadonlySet<string>
}

/** Whether there can be no other attempt, whatever the route. */
export function isSpent({ policy }: ChatServices, { client }: Story, { attempts }: Leeway): boolean {
  return client.isGone || attempts.length >= policy.maxAttempts
}

/** Whether what is left covers the step. The circuit of its route has the last word. */
export function covers(
  services: ChatServices,
  story: Story,
  { leeway, step }: { readonly leeway: Leeway; readonly step: Step },
): boolean {
  const { attempts, held, full } = leeway
  const { planned } = step
  if (isSpent(services, story, leeway) || full.has(planned.route.id)) return false
  return requestCost({ attempts }) + planned.worstCase <= held && !isOutOfTime(services, story, step)
}

/** Sent then, it would be stopped at once, and billed all the same. */
function isOutOfTime(
  { clock, endpoints }: ChatServices,
  { startedAtMs }: Story,
  { planned, waitMs }: Step,
): boolean {
  const totalMs = endpoints.get(planned.route.provider)?.deadlines.totalMs ?? 0
  return clock.now() + waitMs - startedAtMs >= totalMs
}
