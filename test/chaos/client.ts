// One client's request over a real socket: it may leave in the middle, and never repeats anything.

import { Agent, type IncomingMessage, request } from 'node:http'
import type { PlannedRequest } from './traffic-plan.ts'
import { usdText } from './usd-text.ts'

export interface ClientCall {
  readonly number: number
  readonly url: string
  readonly key: string
  readonly planned: PlannedRequest
}

export interface ClientAnswer {
  /** Null where none came. */
  readonly status: number | null
  /** Of an error answer. */
  readonly code: string | null
  readonly message: string
  /** What the client was told that it cost; null where it was told nothing. */
  readonly cost: bigint | null
}

const NOTHING: ClientAnswer = { status: null, code: null, message: '', cost: null }

export interface Clients {
  ask(call: ClientCall): Promise<ClientAnswer>
  close(): void
}

/** The trace by which the row of a request is found. */
function traceOf(number: number): string {
  return `fa${number.toString(16).padStart(30, '0')}`
}

export function numberOf(traceId: string): number {
  return Number.parseInt(traceId.slice(2), 16)
}

export function createClients(): Clients {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  return {
    ask: (call) => new Promise((resolve) => send(agent, call, resolve)),
    close: () => agent.destroy(),
  }
}

function send(agent: Agent, call: ClientCall, resolve: (answer: ClientAnswer) => void): void {
  const { url, key, planned, number } = call
  const { departure, patienceMs } = planned
  const body = JSON.stringify(planned.body)
  const sent = request(`${url}/v1/chat/completions`, {
    agent,
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      traceparent: `00-${traceOf(number)}-00000000000000fa-00`,
    },
  })
  const leave = (): void => void sent.destroy()
  sent.on('error', () => resolve(NOTHING))
  let isAnswered = false
  sent.on('close', () => {
    if (!isAnswered) resolve(NOTHING)
  })
  sent.on('response', (response) => {
    isAnswered = true
    if (departure === 'at_head') leave()
    if (departure === 'in_answer') response.once('data', leave)
    read(response).then(resolve, () => resolve({ ...NOTHING, status: response.statusCode ?? null }))
  })
  if (departure === 'in_body') {
    sent.write(body.slice(0, body.length / 2))
    setTimeout(leave, patienceMs)
    return
  }
  if (departure === 'before_head') setTimeout(leave, patienceMs)
  sent.end(body)
}

async function read(response: IncomingMessage): Promise<ClientAnswer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const status = response.statusCode ?? null
  if (status === 200) return { status, code: null, message: '', cost: readCost(text) }
  const { error }: { error?: { code?: string; message?: string } } = JSON.parse(text)
  return { status, code: error?.code ?? null, message: error?.message ?? '', cost: null }
}

/** As the text of the answer has it: a number of JavaScript would round it. */
function readCost(text: string): bigint | null {
  const found = /"cost":([\d.e+-]+),"cost_details"/.exec(text)?.[1]
  return found === undefined ? null : usdText(found)
}
