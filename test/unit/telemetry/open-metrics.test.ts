// The same metrics as OpenMetrics: the same samples, and the last trace of each bucket.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { wantedFormat } from '../../../src/core/metrics-format.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { sampleRecord } from '../../contract/record-samples.ts'
import { QUIET_PROBES } from './quiet-probes.ts'
import { MODELS, randomRecord } from './random-record.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

function create() {
  return createMetrics({ models: new Set(MODELS), probes: QUIET_PROBES, planReason: () => 'cheapest' })
}

/** Lines of samples, without what OpenMetrics adds to them. */
function samplesOf(body: string): readonly string[] {
  return body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ # \{.*$/, ''))
}

it('says the same in both formats, however often it is asked', async () => {
  const metrics = create()
  for (const record of fc.sample(randomRecord, 100)) metrics.recordRequest(record)
  const text = await metrics.render()
  const open = await metrics.render('openmetrics')
  const again = await metrics.render()
  expect(open.contentType).toMatch(/^application\/openmetrics-text; version=1\.0\.0/)
  expect(samplesOf(open.body)).toEqual(samplesOf(text.body))
  expect(again).toEqual(text)
  expect(open.body.endsWith('\n# EOF\n')).toBe(true)
  expect(open.body).toContain('# TYPE farthing_spend_usd counter\n')
  expect(open.body).not.toContain('_total_total')
})

it('the last trace stands behind its bucket, and nothing behind the others', async () => {
  const metrics = create()
  const record = sampleRecord({
    startedAtMs: 10_000,
    endedAtMs: 11_500,
    trace: { traceId: TRACE, spanId: '00f067aa0ba902b7', isSampled: true },
  })
  metrics.recordRequest(record)
  metrics.recordRequest(sampleRecord({ startedAtMs: 10_000, endedAtMs: 11_500 }))
  const { body } = await metrics.render('openmetrics')
  const lines = body.split('\n').filter((line) => line.startsWith('farthing_request_duration_seconds'))
  expect(lines).toContain(
    `farthing_request_duration_seconds_bucket{le="2.5"} 2 # {trace_id="${TRACE}"} 1.5 11.5`,
  )
  expect(lines.filter((line) => line.includes('trace_id'))).toHaveLength(1)
  expect((await metrics.render()).body).not.toContain('trace_id')
})

it.each([
  [undefined, 'text'],
  ['*/*', 'text'],
  ['text/plain', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  // What Prometheus sends by default.
  [
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  ['text/plain, application/openmetrics-text;q=0.5', 'text'],
])('%s asks for %s', (accept, format) => {
  expect(wantedFormat(accept)).toBe(format)
})
