import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { CountedHistogram } from '../../../src/telemetry/counted-histogram.ts'

const LABELS = [{ model: 'a' }, { model: 'b"\\' }]
const options = { name: 'waited_seconds', help: 'How long.', buckets: [0.1, 1, 10], labelNames: ['model'] }

it('is written as prom-client writes a histogram of its own', async () => {
  const observation = fc.record({
    labels: fc.constantFrom(...LABELS),
    // Sums of eighths are exact in any order.
    value: fc.oneof(
      fc.integer({ min: 0, max: 160 }).map((eighths) => eighths / 8),
      fc.constantFrom(0.1, 1, 10),
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(observation, { maxLength: 40 }), async (observations) => {
      const [counted, plain] = [new Registry(), new Registry()]
      const own = new CountedHistogram(options)
      counted.registerMetric(own)
      const theirs = new Histogram({ ...options, registers: [plain] })
      for (const { labels, value } of observations) {
        own.at(labels).observe(value)
        theirs.observe(labels, value)
      }
      expect(await counted.metrics()).toBe(await plain.metrics())
    }),
  )
})
