// The metrics of several processes as those of one: counters and histograms added up, gauges as each of them says.

import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client'
import type { RenderedMetrics } from '../core/metrics-format.ts'

/** As one process tells them. */
export type Snapshot = readonly MetricObjectWithValues<MetricValue<string>>[]

export interface MergedMetrics {
  /** Its counts stay: a counter never goes down. */
  gone(snapshot: unknown): void
  render(snapshots: readonly unknown[]): Promise<RenderedMetrics>
}

export function createMergedMetrics(): MergedMetrics {
  /** Of the processes that are gone, one after the other. */
  let past: Promise<Snapshot> = Promise.resolve([])
  return {
    gone(snapshot) {
      if (!isSnapshot(snapshot)) return
      const counts = snapshot.filter(({ type }) => isCount(type))
      past = past.then((before) => merge([before, counts]).getMetricsAsJSON())
    },
    async render(snapshots) {
      const merged = merge([...snapshots.filter(isSnapshot), await past])
      return { contentType: merged.contentType, body: await merged.metrics() }
    },
  }
}

/** By prom-client's names, or, from a process that gave numbers, its own. */
function isCount(type: unknown): boolean {
  return type === 'counter' || type === 'histogram'
}

function merge(snapshots: readonly Snapshot[]) {
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot]))
}

function isSnapshot(value: unknown): value is Snapshot {
  return Array.isArray(value)
}

/** As it comes over a channel between processes. */
export function readRendered(value: unknown): RenderedMetrics {
  if (typeof value === 'object' && value !== null && 'contentType' in value && 'body' in value)
    return { contentType: String(value.contentType), body: String(value.body) }
  throw new Error('there are no metrics to show')
}
