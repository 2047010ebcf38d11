// Sends completions at a fixed rate, or as fast as answers come. At a fixed rate latency counts from when a request was
// due, so that a stall is not hidden by the load waiting for it.

import { performance } from 'node:perf_hooks'
import { Pool } from 'undici'

export interface LoadTarget {
  readonly url: string
  readonly key: string
}

export interface LoadOptions {
  readonly model: string
  /** Length of the request's body, about. */
  readonly bytes: number
  readonly connections: number
}

export interface Load {
  /** Open loop; resolves with the latencies in milliseconds once every request is answered. Rejects when one fails. */
  atRate(perSecond: number, seconds: number): Promise<readonly number[]>
  /** Closed loop over all connections. */
  saturate(seconds: number): Promise<readonly number[]>
  close(): Promise<void>
}

const SENTENCE =
  'Explain in two sentences why "the cheapest model that is good enough" is not\nalways the one with the lowest unit price. '

export function createLoad(target: LoadTarget, { model, bytes, connections }: LoadOptions): Load {
  const pool = new Pool(target.url, { connections, headersTimeout: 0, bodyTimeout: 0, allowH2: false })
  const body = buildBody(model, bytes)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${target.key}` }

  const send = (dueAt: number): Promise<number> =>
    new Promise((resolve, reject) => {
      let status = 0
      pool.dispatch(
        { method: 'POST', path: '/v1/chat/completions', headers, body },
        {
          // undici takes a handler without it for one of its old kind, and calls none of these.
          onRequestStart() {},
          onResponseStart(_, code) {
            status = code
          },
          onResponseData() {},
          onResponseEnd() {
            if (status === 200) resolve(performance.now() - dueAt)
            else reject(new Error(`${target.url} answered ${status}`))
          },
          onResponseError: (_, error) => reject(error),
        },
      )
    })

  return {
    async atRate(perSecond, seconds) {
      const startedAt = performance.now()
      const dueAt = (index: number): number => startedAt + (index / perSecond) * 1000
      const pending: Promise<number>[] = []
      while (pending.length < perSecond * seconds) {
        const wait = dueAt(pending.length) - performance.now()
        if (wait > 0.5) await new Promise((resolve) => setTimeout(resolve, Math.max(1, Math.floor(wait))))
        while (pending.length < perSecond * seconds && dueAt(pending.length) <= performance.now())
          pending.push(send(dueAt(pending.length)))
      }
      return Promise.all(pending)
    },
    async saturate(seconds) {
      const endsAt = performance.now() + seconds * 1000
      const latencies: number[] = []
      const loop = async (): Promise<void> => {
        while (performance.now() < endsAt) latencies.push(await send(performance.now()))
      }
      await Promise.all(Array.from({ length: connections }, loop))
      return latencies
    },
    close: () => pool.destroy(),
  }
}

function buildBody(model: string, bytes: number): Buffer {
  const text = SENTENCE.repeat(Math.ceil(bytes / SENTENCE.length)).slice(0, Math.max(0, bytes - 160))
  return Buffer.from(
    JSON.stringify({
      model,
      messages: [
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: text },
      ],
      max_tokens: 256,
    }),
  )
}
