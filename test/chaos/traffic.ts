// Sends requests to the gateways at a steady pace, whatever becomes of them, and remembers what each client was told.

import { setTimeout as delay } from 'node:timers/promises'
import { type ClientAnswer, createClients } from './client.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Stage } from './stage.ts'
import { type PayerName, type PlannedRequest, planRequest, type TrafficMix } from './traffic-plan.ts'

export interface SentRequest {
  readonly number: number
  readonly payer: PayerName
  /** Of the gateway it went to. */
  readonly gateway: string
  readonly answer: ClientAnswer
}

export interface Traffic {
  readonly sent: ReadonlyMap<number, SentRequest>
  /** Sends requests, at least `count`, for as long as `onProgress`, told how many went out, wants more. */
  run(count: number, onProgress: (begun: number) => boolean): Promise<void>
  /** One more, of this payer, to this gateway. */
  ask(payer: PayerName, gateway: string): Promise<ClientAnswer>
  close(): void
}

export interface TrafficOptions {
  readonly stage: Stage
  readonly random: SeededRandom
  readonly mix: TrafficMix
  readonly perSecond: number
  readonly mostAtOnce: number
}

const PROBE = { model: 'openai/gpt-6-luna', max_completion_tokens: 20 }

export function createTraffic({ stage, random, mix, perSecond, mostAtOnce }: TrafficOptions): Traffic {
  const { gateways, payers } = stage
  const clients = createClients()
  const sent = new Map<number, SentRequest>()
  let count = 0
  const send = async (planned: PlannedRequest, number: number, name?: string): Promise<ClientAnswer> => {
    const gateway =
      gateways.find((one) => one.name === name) ?? random.fork(`gateway ${number}`).pick(gateways)
    const { payer } = planned
    const answer = await clients.ask({ number, url: gateway.url, key: payers[payer].key, planned })
    sent.set(number, { number, payer, gateway: gateway.name, answer })
    return answer
  }
  return {
    sent,
    async run(wanted, onProgress) {
      const open = new Set<Promise<unknown>>()
      const startedAtMs = performance.now()
      for (let begun = 0; onProgress(begun) || begun < wanted; begun++) {
        const number = ++count
        const sending = send(planRequest(random, mix, number), number).finally(() => open.delete(sending))
        open.add(sending)
        const dueMs = startedAtMs + ((begun + 1) * 1_000) / perSecond
        const waitMs = dueMs - performance.now()
        if (waitMs > 1) await delay(waitMs)
        while (open.size >= mostAtOnce) await Promise.race(open)
      }
      await Promise.all(open)
    },
    ask(payer, gateway) {
      const number = ++count
      const messages = [{ role: 'user', content: `[[${number}]] Are you there?` }]
      return send({ payer, departure: null, patienceMs: 0, body: { ...PROBE, messages } }, number, gateway)
    },
    close: () => clients.close(),
  }
}
