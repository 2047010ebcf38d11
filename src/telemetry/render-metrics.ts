// All metrics as text: as Prometheus's own, or as OpenMetrics with exemplars.

import { type Metric, Registry } from 'prom-client'
import type { MetricsFormat, RenderedMetrics } from '../core/metrics-format.ts'

export async function renderMetrics(registry: Registry, format: MetricsFormat): Promise<RenderedMetrics> {
  if (format === 'text') return { contentType: registry.contentType, body: await registry.metrics() }
  const open = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>()
  open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name)
    if (metric !== undefined) open.registerMetric(asOpenMetric(metric))
  }
  return { contentType: open.contentType, body: await open.metrics() }
}

/** prom-client writes `_total` behind the names of counters there, and would take it from the metric itself. */
function asOpenMetric(metric: Metric): Metric {
  const view: Metric = Object.create(metric, {
    name: { value: familyOf(Reflect.get(metric, 'name')), writable: true },
  })
  const read = async () => {
    const told = await ('getForPromString' in metric && typeof metric.getForPromString === 'function'
      ? metric.getForPromString()
      : metric.get())
    return { ...told, name: familyOf(told.name) }
  }
  return Object.assign(view, { getForPromString: read })
}

function familyOf(name: unknown): string {
  return String(name).replace(/_total$/, '')
}
