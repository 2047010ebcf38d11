// What each request of a run is: chosen by the seed and its number alone.

import type { SeededRandom } from './seeded-random.ts'

/** Who asks: by no budget, by soft ones, by hard ones with room, by a hard one that runs out on the way. */
export const PAYERS = ['plain', 'soft', 'hard', 'tight'] as const
export type PayerName = (typeof PAYERS)[number]

/** When a client leaves. */
export const DEPARTURES = ['in_body', 'before_head', 'at_head', 'in_answer'] as const
export type Departure = (typeof DEPARTURES)[number]

export interface PlannedRequest {
  readonly payer: PayerName
  readonly departure: Departure | null
  /** How long a client that leaves before the head waits for it. */
  readonly patienceMs: number
  readonly body: object
}

export interface TrafficMix {
  readonly models: readonly [string, ...string[]]
  readonly payers: readonly [PayerName, ...PayerName[]]
  /** Share of the clients that leave early. */
  readonly leaving: number
}

export const ORDINARY: TrafficMix = {
  models: ['auto', 'standard', 'premium', 'openai/gpt-6-luna', 'economy'],
  payers: ['plain', 'plain', 'soft', 'hard', 'hard', 'tight'],
  leaving: 0.03,
}

export function planRequest(random: SeededRandom, mix: TrafficMix, number: number): PlannedRequest {
  const one = random.fork(`request ${number}`)
  const isStream = one.isLucky(0.5)
  const words = 'pear '.repeat(one.between(3, 300))
  return {
    payer: one.pick(mix.payers),
    departure: one.isLucky(mix.leaving) ? one.pick(DEPARTURES) : null,
    patienceMs: one.between(0, 60),
    body: {
      model: one.pick(mix.models),
      // Its name among the provider's books.
      messages: [{ role: 'user', content: `[[${number}]] Say something about a ${words}.` }],
      max_completion_tokens: one.between(20, 120),
      ...(isStream ? { stream: true } : {}),
      ...(isStream && one.isLucky(0.5) ? { stream_options: { include_usage: true } } : {}),
    },
  }
}
