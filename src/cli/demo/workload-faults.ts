// Requests that meet a provider in trouble: they are answered by another.

import { isProviderId } from '../../core/route.ts'
import type { Fault } from '../../simulator/faults.ts'
import type { Fleet } from '../../simulator/fleet.ts'
import type { Past, Step } from './step.ts'

const PROBE = 'calm before'
const QUESTION = 'What is a fallback? In 40 words.'

/** Strikes the provider that answered the same question a moment ago. */
function strike(fault: Fault, title: string): (fleet: Fleet, past: Past) => void {
  return (fleet, past) => {
    const provider = past.providerOf(title)
    if (isProviderId(provider)) fleet.providers[provider].faults.push(fault)
  }
}

export const faultSteps: readonly Step[] = [
  { title: PROBE, body: () => ({ model: 'standard', messages: [{ role: 'user', content: QUESTION }] }) },
  {
    title: 'overloaded',
    body: () => ({ model: 'standard', messages: [{ role: 'user', content: QUESTION }] }),
    before: strike({ kind: 'overloaded', times: 2 }, PROBE),
  },
  {
    title: 'rate limited',
    body: () => ({ model: 'standard', messages: [{ role: 'user', content: QUESTION }] }),
    stream: 'usage',
    before: strike({ kind: 'rate_limited' }, PROBE),
  },
  {
    title: 'out of money',
    body: () => ({ model: 'standard', messages: [{ role: 'user', content: QUESTION }] }),
    before: strike({ kind: 'out_of_money' }, 'rate limited'),
  },
]
