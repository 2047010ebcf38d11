// Gauges of the catalogue: which providers are on, which models have a price, at what price now, and until when they are
// sold. Read when Prometheus asks.

import { Gauge, type Registry } from 'prom-client'
import { type Pico, usdFromPico } from '../core/money.ts'

/** One model that can be routed to. */
export interface OfferedModel {
  readonly provider: string
  readonly model: string
  readonly price: {
    readonly input: Pico
    readonly cachedInput: Pico
    readonly cacheWrite: Pico
    readonly output: Pico
  } | null
  readonly isWindowOpen: boolean | null
  readonly retiresAtMs: number | null
}

export interface CatalogProbes {
  readonly catalogAgeSeconds: () => number
  readonly offers: () => Iterable<OfferedModel>
  /** Every provider, and whether it is on. */
  readonly providers: () => Iterable<readonly [provider: string, isOn: boolean]>
}

const MODEL = ['provider', 'model']

export function defineCatalogGauges(registry: Registry, probes: CatalogProbes): void {
  type Row = readonly [labels: Record<string, string>, value: number]
  const gauge = (name: string, help: string, labelNames: string[], rows: () => Iterable<Row>): void => {
    const metric: Gauge = new Gauge({
      name,
      help,
      labelNames,
      // Every process has the same catalogue.
      aggregator: 'max',
      registers: [registry],
      collect: () => {
        metric.reset()
        for (const [labels, value] of rows()) metric.set(labels, value)
      },
    })
  }
  gauge('farthing_catalog_age_seconds', 'Time since the catalogue was last checked.', [], () => [
    [{}, probes.catalogAgeSeconds()],
  ])
  gauge('farthing_provider_on', '1 where the provider has its key, else 0.', ['provider'], function* () {
    for (const [provider, isOn] of probes.providers()) yield [{ provider }, isOn ? 1 : 0]
  })
  gauge(
    'farthing_model_priced',
    '1 while a price of the model is in force, else 0: then it is never routed to.',
    MODEL,
    function* () {
      for (const { provider, model, price } of probes.offers())
        yield [{ provider, model }, price === null ? 0 : 1]
    },
  )
  gauge(
    'farthing_model_retires_timestamp_seconds',
    'When the vendor stops selling the model, where a date is known.',
    MODEL,
    function* () {
      for (const { provider, model, retiresAtMs } of probes.offers())
        if (retiresAtMs !== null) yield [{ provider, model }, retiresAtMs / 1000]
    },
  )
  gauge(
    'farthing_price_window_open',
    '1 while the price of a window of hours is in force, where the model has one, else 0.',
    MODEL,
    function* () {
      for (const { provider, model, isWindowOpen } of probes.offers())
        if (isWindowOpen !== null) yield [{ provider, model }, isWindowOpen ? 1 : 0]
    },
  )
  gauge(
    'farthing_price_usd_per_token',
    'Price in force now for a short prompt, by type of token.',
    [...MODEL, 'type'],
    function* () {
      for (const { provider, model, price } of probes.offers()) {
        if (price === null) continue
        yield [{ provider, model, type: 'input' }, usdFromPico(price.input)]
        yield [{ provider, model, type: 'cached_input' }, usdFromPico(price.cachedInput)]
        yield [{ provider, model, type: 'cache_write' }, usdFromPico(price.cacheWrite)]
        yield [{ provider, model, type: 'output' }, usdFromPico(price.output)]
      }
    },
  )
}
