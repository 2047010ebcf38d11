// What every client has to be able to do, and how it is judged that it could.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderId } from '../../src/core/route.ts'
import type { TestGateway } from '../support/gateway.ts'
import { ASKED } from './asked.ts'
import type { ConformanceClient, Said, Session, ToolRun } from './client.ts'

export interface Target {
  /** As the table names it. */
  readonly name: string
  /** Who is simulated behind it. */
  readonly provider: ProviderId
  /** The pin. */
  readonly model: string
}

export interface Place {
  readonly gateway: TestGateway
  readonly target: Target
  readonly client: ConformanceClient
}

export interface ConformanceCase {
  readonly id: string
  readonly about: string
  /** Throws where the client did not get what it should. */
  run(place: Place): Promise<void>
}

export const CASES: readonly ConformanceCase[] = [
  {
    id: 'chat',
    about: 'a question and its answer, with usage',
    run: async (place) => expectSaid(await place.client.chat(session(place))),
  },
  {
    id: 'stream',
    about: 'the same piece by piece, usage at the end',
    async run(place) {
      const streamed = await place.client.stream(session(place))
      expectSaid(streamed)
      if (streamed.pieces < 2) throw new Error(`the text came in ${streamed.pieces} piece`)
    },
  },
  {
    id: 'tools',
    about: 'two parallel calls, their results, the answer',
    run: async (place) => expectToolRun(await place.client.tools(session(place), false)),
  },
  {
    id: 'tools, streamed',
    about: 'the same from streams',
    run: async (place) => expectToolRun(await place.client.tools(session(place), true)),
  },
  {
    id: 'structured output',
    about: 'what is said keeps to a JSON schema, also where the provider knows none',
    async run(place) {
      const value = await place.client.structured(session(place))
      if (!isTrip(value)) throw new Error(`it is ${JSON.stringify(value)}`)
    },
  },
  {
    id: 'vision',
    about: 'an image as a data URL reaches the provider',
    async run(place) {
      expectSaid(await place.client.vision(session(place)))
      const received = place.gateway.fleet.providers[place.target.provider].requests.at(-1)?.body
      if (!JSON.stringify(received).includes(ASKED.image)) throw new Error('the provider got no image')
    },
  },
  { id: 'abort', about: 'the client leaves a stream: the call is stopped and booked', run: abort },
  {
    id: 'errors',
    about:
      'each refusal with its status: keys, models, budgets, limits, failures; a broken stream is an error',
    run: errors,
  },
]

function session({ gateway, target }: Place): Session {
  return {
    baseUrl: `${gateway.url}/v1`,
    apiKey: gateway.key,
    model: target.model,
  }
}

function expectSaid({ text, finish, inputTokens, outputTokens }: Said): void {
  if (text === '') throw new Error('no text')
  if (finish !== 'stop') throw new Error(`it finished with ${JSON.stringify(finish)}`)
  if (inputTokens === 0 || outputTokens === 0) throw new Error('no usage')
}

function expectToolRun({ calls, text }: ToolRun): void {
  const seen = JSON.stringify(calls)
  if (calls.length !== 2) throw new Error(`it called ${seen}`)
  for (const { name, arguments: given } of calls) {
    const city: unknown = typeof given === 'object' && given !== null ? Reflect.get(given, 'city') : undefined
    if (name !== 'get_weather' || typeof city !== 'string') throw new Error(`it called ${seen}`)
  }
  if (text === '') throw new Error('no text after the results')
}

function isTrip(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const days: unknown = Reflect.get(value, 'days')
  return typeof Reflect.get(value, 'city') === 'string' && Number.isInteger(days)
}

async function abort(place: Place): Promise<void> {
  const { gateway, target, client } = place
  const { faults } = gateway.fleet.providers[target.provider]
  faults.push({ kind: 'stall_after_chunks', chunks: 4 })
  await client.abort(session(place))
  for (let tries = 0; tries < 200; tries++) {
    const { data }: { data: { model: string; outcome: string }[] } = JSON.parse(
      await (await gateway.admin('/requests?limit=1')).text(),
    )
    if (data[0]?.outcome === 'client_gone' && (await gateway.held()) === 0) return
    await sleep(25)
  }
  throw new Error('the call was not booked as one whose client left')
}

async function errors(place: Place): Promise<void> {
  const { gateway, target, client } = place
  const { faults } = gateway.fleet.providers[target.provider]
  const usual = session(place)
  const refused = async (wanted: number, about: string, changes: Partial<Session>): Promise<void> => {
    const failure = await client.refusal({ ...usual, ...changes })
    const name = client.errorNames[wanted] ?? failure.error
    if (failure.status !== wanted || failure.error !== name)
      throw new Error(
        `${about}: ${failure.error} with ${String(failure.status)} and not ${name} with ${wanted}`,
      )
  }

  await refused(401, 'a wrong key', { apiKey: 'fth_wrong' })
  await refused(404, 'an unknown model', { model: 'no-such-model' })
  await refused(400, 'a wrong header', { headers: { 'x-farthing-tier': 'cheap' } })
  const denied = await gateway.createKey({ models: { deny: [target.model] } })
  await refused(403, 'a model that the key may not use', { apiKey: denied })
  const poor = await gateway.createKey({ budgets: [{ limit_usd: 0.000001, period: 'total' }] })
  await refused(429, 'a budget without room', { apiKey: poor })
  const slow = await gateway.createKey({ limits: { rpm: 1 } })
  await client.chat({ ...usual, apiKey: slow })
  await refused(429, 'more requests than the key may send', { apiKey: slow })
  faults.push({ kind: 'overloaded', times: 2 })
  await refused(502, 'a provider that stays overloaded', {})
  faults.clear()
  faults.push({ kind: 'die_after_chunks', chunks: 4 })
  // Whatever the client makes of it, it must not take it for the whole answer.
  await client.brokenStream(usual)
}
