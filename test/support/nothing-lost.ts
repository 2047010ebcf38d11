// What must hold after anything a client did wrong: the next request is served, nothing is held or in flight, and the log
// has learned no secret.

import { expect } from 'vitest'
import type { TestGateway } from './gateway.ts'
import { openWire, type Wire } from './wire.ts'

/** Put it where a prompt goes: it may turn up in no log, no metric and no error. */
export const PROMPT = 'PROMPT-7f3a: my doctor says'

export interface PostOptions {
  readonly method?: string
  readonly path?: string
  /** Laid over the usual ones; undefined takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** The bytes of a chat completion request, or of what was made of it. */
export function post(gateway: TestGateway, body: string | Uint8Array, options: PostOptions = {}): Buffer {
  const { method = 'POST', path = '/v1/chat/completions', headers = {} } = options
  const bytes = Buffer.from(body)
  const all = {
    host: 'gateway.test',
    authorization: `Bearer ${gateway.key}`,
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  )
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), bytes])
}

export const chat = (changes: object = {}): string =>
  JSON.stringify({ model: 'economy', messages: [{ role: 'user', content: PROMPT }], ...changes })

/** Bookings are off the client's path, and a busy machine takes its time. */
const PATIENT = { timeout: 5_000 }

/** `wire` is the connection that the bad request went over, where it must have survived: the good one takes it too. */
export async function expectNothingLost(gateway: TestGateway, wire: Wire | null = null): Promise<void> {
  const next = wire ?? (await openWire(gateway.url))
  next.send(post(gateway, chat()))
  expect((await next.answer()).status).toBe(200)
  next.destroy()
  await expect.poll(() => gateway.held(), PATIENT).toBe(0)
  await expect.poll(() => inFlight(gateway), PATIENT).toBe(0)
  expect(gateway.log()).not.toContain(PROMPT)
  expect(gateway.log()).not.toContain(gateway.key)
}

async function inFlight(gateway: TestGateway): Promise<number> {
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(metrics).not.toContain(PROMPT)
  return Number(/^farthing_in_flight_requests (\d+)$/m.exec(metrics)?.[1])
}
