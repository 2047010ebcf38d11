// Sends completions at a fixed rate or as fast as answers come, and prints what it saw as one JSON line.
// At a fixed rate latency counts from when a request was due, so that a stall is not hidden by the load waiting for it.

import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    key: { type: 'string', default: 'none' },
    model: { type: 'string', default: 'auto' },
    bytes: { type: 'string', default: '1024' },
    rate: { type: 'string', default: '0' },
    connections: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '5' },
    stream: { type: 'boolean', default: false },
  },
})
if (values.url === undefined) throw new Error('--url is needed')

const sentence =
  'Explain in two sentences why "the cheapest model that is good enough" is not\nalways the one with the lowest unit price. '
const padding = sentence
  .repeat(Math.ceil(Number(values.bytes) / sentence.length))
  .slice(0, Math.max(0, Number(values.bytes) - 160))
const body = Buffer.from(
  JSON.stringify({
    model: values.model,
    ...(values.stream ? { stream: true } : {}),
    messages: [
      { role: 'system', content: 'You are brief.' },
      { role: 'user', content: padding },
    ],
    max_tokens: 256,
  }),
)
const pool = new Pool(values.url, {
  connections: Number(values.connections),
  headersTimeout: 0,
  bodyTimeout: 0,
  allowH2: false,
})
const headers = { 'content-type': 'application/json', authorization: `Bearer ${values.key}` }

const latencies: number[] = []
let errors = 0

function send(dueAt: number): Promise<void> {
  return new Promise((resolve) => {
    let isOk = false
    const end = (): void => {
      if (isOk) latencies.push(performance.now() - dueAt)
      else errors++
      resolve()
    }
    pool.dispatch(
      { method: 'POST', path: '/v1/chat/completions', headers, body },
      {
        // undici takes a handler without it for one of its old kind, and calls none of these.
        onRequestStart() {},
        onResponseStart(_, status) {
          isOk = status === 200
        },
        onResponseData() {},
        onResponseEnd: end,
        onResponseError() {
          isOk = false
          end()
        },
      },
    )
  })
}

const startedAt = performance.now()
const endsAt = startedAt + Number(values.seconds) * 1000
const pending: Promise<void>[] = []
const rate = Number(values.rate)

async function openLoop(): Promise<void> {
  let sent = 0
  while (performance.now() < endsAt) {
    const due = startedAt + (sent / rate) * 1000
    const wait = due - performance.now()
    if (wait > 0.5) await new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.floor(wait))))
    while (startedAt + (sent / rate) * 1000 <= performance.now()) {
      pending.push(send(startedAt + (sent / rate) * 1000))
      sent++
    }
  }
}

async function closedLoop(): Promise<void> {
  while (performance.now() < endsAt) await send(performance.now())
}

if (rate > 0) await openLoop()
else await Promise.all(Array.from({ length: Number(values.connections) }, closedLoop))
await Promise.all(pending)
const seconds = (performance.now() - startedAt) / 1000
latencies.sort((a, b) => a - b)
const quantile = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN
console.log(
  JSON.stringify({
    requests: latencies.length,
    errors,
    perSecond: latencies.length / seconds,
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
  }),
)
await pool.destroy()
