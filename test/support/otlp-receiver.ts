// Takes OTLP over HTTP in its JSON encoding, as a collector does, and keeps what it was sent.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

const value = z.union([
  z.object({ stringValue: z.string() }).transform((of) => of.stringValue),
  z.object({ intValue: z.union([z.number(), z.string()]) }).transform((of) => Number(of.intValue)),
  z.object({ doubleValue: z.number() }).transform((of) => of.doubleValue),
  z.object({ boolValue: z.boolean() }).transform((of) => of.boolValue),
])
const attributes = z
  .array(z.object({ key: z.string(), value }))
  .default([])
  .transform((list) => Object.fromEntries(list.map((one) => [one.key, one.value])))
const nanos = z.union([z.string(), z.number()]).transform((text) => Number(BigInt(text) / 1_000_000n))

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: z.array(z.object({ name: z.string() })).default([]),
  status: z.object({ code: z.number().default(0) }),
})
export type ReceivedSpan = z.infer<typeof span>

const point = z.object({
  attributes,
  count: z.union([z.number(), z.string()]).transform(Number),
  sum: z.number(),
  explicitBounds: z.array(z.number()),
})
const metric = z.object({
  name: z.string(),
  unit: z.string(),
  histogram: z.object({ dataPoints: z.array(point) }),
})
export type ReceivedMetric = z.infer<typeof metric>

const resource = z.object({ attributes })
const traces = z.object({
  resourceSpans: z.array(z.object({ resource, scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
})
const metrics = z.object({
  resourceMetrics: z.array(
    z.object({ resource, scopeMetrics: z.array(z.object({ metrics: z.array(metric) })) }),
  ),
})

export interface OtlpReceiver {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  /** Of the last export: they are cumulative. */
  readonly metrics: readonly ReceivedMetric[]
  /** What the process says of itself. */
  readonly resource: Readonly<Record<string, unknown>>
  /** All bodies, as they came. */
  readonly raw: string
  close(): Promise<void>
}

/** `answer` replaces the collector's own 200. */
export async function startOtlpReceiver(answer?: (response: ServerResponse) => void): Promise<OtlpReceiver> {
  const received = {
    spans: [] as ReceivedSpan[],
    metrics: [] as ReceivedMetric[],
    resource: {} as Record<string, unknown>,
    raw: '',
  }
  const take = (path: string, text: string): void => {
    received.raw += text
    if (path === '/v1/traces') {
      for (const { resource: of, scopeSpans } of traces.parse(JSON.parse(text)).resourceSpans) {
        received.resource = of.attributes
        received.spans.push(...scopeSpans.flatMap(({ spans }) => spans))
      }
    } else if (path === '/v1/metrics') {
      const parsed = metrics.parse(JSON.parse(text)).resourceMetrics
      received.metrics = parsed.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    } else throw new Error(`nothing is sent to ${path}`)
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      take(
        request.url ?? '',
        (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString(),
      )
      if (answer !== undefined) return answer(response)
      response.setHeader('content-type', 'application/json')
      response.end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  return Object.assign(received, {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}
