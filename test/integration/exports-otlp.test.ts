// Spans and metrics over OTLP: a receiver on a real socket gets what happened, by the conventions for generative AI, and
// a receiver in trouble troubles nobody. Without an endpoint nothing of it is loaded.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { chat, PROMPT } from '../support/nothing-lost.ts'
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts'

let gateway: TestGateway | null = null
let receiver: OtlpReceiver | null = null

afterEach(async () => {
  await gateway?.close()
  await receiver?.close()
  gateway = null
  receiver = null
})

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const SERVER = 2
const CLIENT = 3
const ERROR = 2

async function start(url: string): Promise<TestGateway> {
  gateway = await startGateway({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/` } })
  return gateway
}

async function ask(of: TestGateway, body: object, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${of.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${of.key}`, 'content-type': 'application/json', ...headers },
    body: chat(body),
  })
  await response.arrayBuffer()
  const id = response.headers.get('x-request-id') ?? ''
  await of.settled(id)
  return id
}

/** Everything is sent when the gateway stops. */
async function stop(of: TestGateway): Promise<void> {
  await of.close()
  gateway = null
}

describe('with an endpoint', () => {
  it('a request is a trace: a span of its own, and one below it for each attempt', async () => {
    receiver = await startOtlpReceiver()
    const of = await start(receiver.url)
    const key = of.key
    const whole = await ask(of, { model: 'openai/gpt-6-luna' }, { traceparent: `00-${TRACE}-${SPAN}-01` })
    const details = await of.settled(whole)
    expect(details).toMatchObject({ trace_id: TRACE })
    of.fleet.providers.openai.faults.push({ kind: 'overloaded', times: 2 })
    const failed = await ask(of, { model: 'openai/gpt-6-luna', stream: true })
    await ask(of, { model: 'economy' }, { traceparent: `00-${'1'.repeat(32)}-${SPAN}-00` })
    const { trace_id: own } = await of.settled(failed)
    await stop(of)

    const { spans } = receiver
    const request = (id: string): ReceivedSpan => {
      const found = spans.find(({ attributes }) => attributes['farthing.request.id'] === id)
      if (found === undefined) throw new Error(`no span of ${id}`)
      return found
    }
    const below = ({ spanId }: ReceivedSpan) => spans.filter(({ parentSpanId }) => parentSpanId === spanId)

    const root = request(whole)
    expect(root).toMatchObject({
      traceId: TRACE,
      parentSpanId: SPAN,
      name: 'POST /v1/chat/completions',
      kind: SERVER,
      attributes: {
        'http.route': '/v1/chat/completions',
        'http.response.status_code': 200,
        'farthing.request.model': 'openai/gpt-6-luna',
        'farthing.cost_usd': details.cost_usd,
      },
    })
    const [call, ...others] = below(root)
    expect(others).toEqual([])
    expect(call).toMatchObject({
      traceId: TRACE,
      name: 'chat gpt-6-luna',
      kind: CLIENT,
      attributes: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-6-luna',
        'gen_ai.usage.input_tokens': details['input_tokens'],
        'gen_ai.usage.output_tokens': details['output_tokens'],
        'farthing.usage.source': 'provider',
      },
      events: [{ name: 'first content' }],
    })
    expect(call?.startTimeUnixNano).toBeGreaterThanOrEqual(root.startTimeUnixNano)
    expect(call?.endTimeUnixNano).toBeLessThanOrEqual(root.endTimeUnixNano)

    const broken = request(failed)
    expect(broken).toMatchObject({ attributes: { 'error.type': 'upstream_error' }, status: { code: ERROR } })
    expect(broken.parentSpanId ?? '').toBe('')
    // Begun by the gateway, and named by the ledger as it is exported.
    expect(broken.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(own).toBe(broken.traceId)
    expect(below(broken).map(({ attributes, status }) => [attributes['error.type'], status.code])).toEqual([
      ['overloaded', ERROR],
      ['overloaded', ERROR],
    ])
    // The client said that its trace is not sampled.
    expect(spans.map(({ traceId }) => traceId)).not.toContain('1'.repeat(32))
    expect(receiver.resource).toMatchObject({ 'service.name': 'farthing' })
    expect(receiver.resource['service.instance.id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(receiver.raw).not.toContain(PROMPT)
    expect(receiver.raw).not.toContain(key)
  })

  it('attempts are counted in the two metrics of the conventions', async () => {
    receiver = await startOtlpReceiver()
    const of = await start(receiver.url)
    const details = await of.settled(await ask(of, { model: 'openai/gpt-6-luna' }))
    of.fleet.providers.openai.faults.push({ kind: 'overloaded', times: 2 })
    await ask(of, { model: 'openai/gpt-6-luna' })
    await stop(of)

    const points = (name: string) => receiver?.metrics.find((metric) => metric.name === name)
    const model = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-6-luna',
    }
    const duration = points('gen_ai.client.operation.duration')
    expect(duration?.unit).toBe('s')
    expect(duration?.histogram.dataPoints.map(({ attributes, count }) => [attributes, count])).toEqual([
      [model, 1],
      [{ ...model, 'error.type': 'overloaded' }, 2],
    ])
    const tokens = points('gen_ai.client.token.usage')
    expect(tokens?.unit).toBe('{token}')
    expect(tokens?.histogram.dataPoints.map(({ attributes, sum }) => [attributes, sum])).toEqual([
      [{ ...model, 'gen_ai.token.type': 'input' }, details['input_tokens']],
      [{ ...model, 'gen_ai.token.type': 'output' }, details['output_tokens']],
    ])
    expect(tokens?.histogram.dataPoints[0]?.explicitBounds.slice(0, 4)).toEqual([1, 4, 16, 64])
  })

  it('a receiver that hangs holds up neither requests nor the end for long', async () => {
    receiver = await startOtlpReceiver(() => undefined)
    const of = await start(receiver.url)
    await ask(of, { model: 'economy' })
    const startedAt = performance.now()
    await stop(of)
    expect(performance.now() - startedAt).toBeLessThan(25_000)
    expect(receiver.spans.length).toBeGreaterThan(0)
  })

  it('a receiver that refuses is told to the log', async () => {
    receiver = await startOtlpReceiver((response) => {
      response.statusCode = 400
      response.end('no')
    })
    const of = await start(receiver.url)
    await ask(of, { model: 'economy' })
    await stop(of)
    expect(of.log()).toContain('telemetry was not exported')
  })
})

describe('without an endpoint', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'farthing-otlp-'))
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  /** The packages that a process loads when it starts a gateway. */
  function loadedWith(env: Record<string, string>): string[] {
    const script = `
      import { registerHooks } from 'node:module'
      const loaded = new Set()
      registerHooks({ resolve(specifier, context, next) {
        const resolved = next(specifier, context)
        const name = /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(resolved.url)?.[1]
        if (name !== undefined) loaded.add(name)
        return resolved
      } })
      const { createApp } = await import('./src/app.ts')
      const { loadConfig } = await import('./src/config/load-config.ts')
      const app = await createApp(loadConfig({ file: 'config/gateway.yaml', env: process.env }))
      await app.close()
      console.log(JSON.stringify([...loaded]))`
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'silent', FARTHING_DATA_DIR: dataDir, ...env },
    })
    return JSON.parse(output)
  }

  it('none of its packages but the interfaces that prom-client looks at is loaded', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }
    for (const env of [{}, { ...endpoint, OTEL_SDK_DISABLED: 'true' }])
      expect(loadedWith(env).filter((name) => name !== '@opentelemetry/api')).toEqual([])
    expect(loadedWith(endpoint)).toContain('@opentelemetry/sdk-trace')
  }, 120_000)
})
