// How reloads of the configuration went.

import { Counter, Gauge, type Registry } from 'prom-client'

export interface ReloadMetrics {
  record(isApplied: boolean): void
}

export function defineReloadMetrics(registry: Registry): ReloadMetrics {
  const registers = [registry]
  const reloads = new Counter({
    name: 'farthing_config_reloads_total',
    help: 'Reloads of the configuration, by whether it was applied or refused.',
    labelNames: ['outcome'],
    // A reload is one of every process.
    aggregator: 'max',
    registers,
  })
  // From zero, so that Prometheus sees the first one as an increase.
  for (const outcome of ['applied', 'refused']) reloads.inc({ outcome }, 0)
  const isGood = new Gauge({
    name: 'farthing_config_last_reload_successful',
    help: '1 where the configuration that was read last is in force, 0 where it was refused.',
    aggregator: 'min',
    registers,
  })
  isGood.set(1)
  return {
    record(isApplied) {
      reloads.inc({ outcome: isApplied ? 'applied' : 'refused' })
      isGood.set(isApplied ? 1 : 0)
    },
  }
}
