// Before anything goes upstream: the worst case is set aside and what is about to be sent is written down, in one step.

import { GatewayError } from '../core/errors.ts'
import { StoreUnavailableError } from '../ledger/store.ts'
import { accountsOf, admit, type Held, type HoldAmounts } from './admit.ts'
import { buildHold } from './dispatch.ts'
import { mayGoOn } from './may-go-on.ts'
import type { ChatServices } from './services.ts'
import type { Story } from './story.ts'

/**
 * Throws GatewayError `insufficient_quota` or `rate_limit_exceeded` where a budget or a limit has no room, and
 * `store_unavailable` where the policy is to fail closed.
 */
export async function holdWorstCase(services: ChatServices, story: Story): Promise<Held> {
  const { ledger, leases, charges } = services
  const amounts = readAmounts(services, story)
  const counting = charges.of(story.caller)
  const isCounted = counting !== null || charges.limitsRoutes
  let held: Held
  try {
    if (isCounted) held = await admit(services, story, amounts)
    else {
      await ledger.hold(buildHold(services, story, amounts.all))
      held = { amount: amounts.all, story }
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    if (whenStoreAway(services, story) === 'refuse') throw refuse(services, story, error)
    const accounts = accountsOf(counting, story.startedAtMs)
    held = { amount: amounts.all, story: isCounted ? { ...story, accounts } : story }
    await keep(services, held)
  }
  leases.track(story.requestId)
  return held
}

/** On this machine's disk: should the process die, what is sent now can still be booked. */
async function keep(services: ChatServices, { amount, story }: Held): Promise<void> {
  try {
    await services.ledger.keepHold(buildHold(services, story, amount))
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error
    throw refuse(services, story, error)
  }
}

function refuse({ ledger }: ChatServices, { requestId }: Story, cause: StoreUnavailableError): GatewayError {
  // The store may have the hold all the same, and the sweep would book what was never sent.
  ledger.release([requestId]).catch(() => undefined)
  return new GatewayError(
    'store_unavailable',
    'The spend store cannot be reached, and this gateway does not spend unrecorded; try again soon.',
    { cause },
  )
}

function whenStoreAway({ charges, policy }: ChatServices, { caller }: Story): 'refuse' | 'continue' {
  if (caller.whenStoreAway !== null) return caller.whenStoreAway
  return charges.of(caller)?.hasHardBudget === true ? 'refuse' : policy.whenStoreAway
}

function readAmounts(services: ChatServices, { plan, request, schema, requirements }: Story): HoldAmounts {
  const { policy } = services
  // Every attempt that is still allowed may be billed: a deadline that runs out does not stop the provider's meter. A stream
  // that is gone on with may come back to the only route there is, and so may an answer that is to be mended.
  const comesBack = mayGoOn(services, request) || (schema !== null && policy.jsonSchema === 'repaired')
  const mostAttempts = plan.size + (comesBack ? 1 : 0)
  let sum = 0
  for (let rank = 0; rank < Math.min(mostAttempts, policy.maxAttempts); rank++)
    sum += plan.worstCaseAt(Math.min(rank, plan.size - 1))
  return { all: Math.min(sum, requirements.maxCost ?? sum), most: requirements.maxCost }
}
