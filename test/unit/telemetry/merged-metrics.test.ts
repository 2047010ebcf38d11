// Metrics of several processes as those of one.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createMergedMetrics } from '../../../src/telemetry/merged-metrics.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts'
import { parseExposition } from './exposition.ts'
import { QUIET_PROBES } from './quiet-probes.ts'
import { MODELS, randomRecord } from './random-record.ts'

const create = (isStoreUp = true): Metrics =>
  createMetrics({
    models: new Set(MODELS),
    probes: { ...QUIET_PROBES, isStoreUp: () => isStoreUp, held: async () => ({ count: 3, amount: 7n }) },
    planReason: () => 'cheapest',
  })

/** As it comes over a channel between processes. */
const told = async (metrics: Metrics): Promise<unknown> =>
  JSON.parse(JSON.stringify(await metrics.snapshot()))

it('are those of one process that did all of it', async () => {
  const [one, other, whole] = [create(), create(), create()]
  for (const [index, record] of fc.sample(randomRecord, { numRuns: 200, seed: 7 }).entries()) {
    ;(index % 2 === 0 ? one : other).recordRequest(record)
    whole.recordRequest(record)
  }
  const merged = await createMergedMetrics().render([await told(one), await told(other)])
  const expected = await whole.render()
  expect(merged.contentType).toBe(expected.contentType)
  const [found, wanted] = [parseExposition(merged.body), parseExposition(expected.body)]
  expect([...found.keys()].toSorted()).toEqual([...wanted.keys()].toSorted())
  expect(merged.body.split('\n').length).toBe(expected.body.split('\n').length)
})

it('add up what each has for itself, and tell once what they share', async () => {
  const [up, away] = [create(), create(false)]
  up.requestStarted()
  away.requestStarted()
  up.recordReload(true)
  away.recordReload(true)
  const { body } = await createMergedMetrics().render([await told(up), await told(away)])
  expect(body).toMatch(/^farthing_in_flight_requests 2$/m)
  expect(body).toMatch(/^farthing_store_up 0$/m)
  expect(body).toMatch(/^farthing_holds 3$/m)
  expect(body).toContain('farthing_config_reloads_total{outcome="applied"} 1')
})

it('keep the counts of a process that is gone, and nothing else of it', async () => {
  const [gone, left] = [create(), create()]
  for (const record of fc.sample(randomRecord, { numRuns: 10, seed: 9 })) gone.recordRequest(record)
  gone.requestStarted()
  const before = await createMergedMetrics().render([await told(gone), await told(left)])
  const merged = createMergedMetrics()
  merged.gone(await told(gone))
  merged.gone(undefined)
  const after = await merged.render([await told(left)])
  expect(after.body.replace(/^farthing_in_flight_requests 0$/m, 'farthing_in_flight_requests 1')).toBe(
    before.body,
  )
})
