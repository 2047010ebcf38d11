// Spans and metrics over OTLP/HTTP by OpenTelemetry's own SDK. It reads the rest of its settings (headers, timeout,
// compression, resource attributes, service name) from its own OTEL_… variables.

import { type Attributes, DiagLogLevel, diag } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { RequestRecord } from '../../core/request-record.ts'
import type { TraceContext } from '../../core/trace-context.ts'
import { createGenAiMetrics } from './gen-ai-metrics.ts'
import { recordSpans } from './spans.ts'
import { TraceIds } from './trace-ids.ts'

export interface ExporterOptions {
  readonly endpoint: string
  readonly metricIntervalMs: number
  readonly onProblem: (problem: string) => void
}

export interface Exporter {
  /** Of a request that the client has in no trace. */
  beginTrace(): TraceContext
  finished(record: RequestRecord): void
  close(): Promise<void>
}

const SCOPE = 'farthing'
/** A collector that does not answer must not hold up the end of the process. */
const CLOSE_MS = 5_000
/** Spans that wait; the SDK drops what is beyond. */
const MAX_QUEUE = 8_192

export function createExporter({ endpoint, metricIntervalMs, onProblem }: ExporterOptions): Exporter {
  // Whoever is told has gone when this is closed, and a collector may still not have answered then.
  let isClosed = false
  const report = (problem: string): void => {
    if (!isClosed) onProblem(problem)
  }
  tellProblems(report)
  const base = endpoint.replace(/\/$/, '')
  const resource = describeProcess()
  const spans = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: `${base}/v1/traces` }),
    maxQueueSize: MAX_QUEUE,
  })
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics` }),
    exportIntervalMillis: metricIntervalMs,
    exportTimeoutMillis: Math.min(metricIntervalMs, CLOSE_MS),
  })
  const ids = new TraceIds()
  const tracers = new TracerProvider({ resource, spanProcessors: [spans], idGenerator: ids })
  const meters = new MeterProvider({ resource, readers: [reader] })
  const tracer = tracers.getTracer(SCOPE)
  const metrics = createGenAiMetrics(meters.getMeter(SCOPE))
  return {
    // Whether its spans are exported is for the sampler of the SDK to say.
    beginTrace: () => ({ traceId: ids.draw(), spanId: null, isSampled: true }),
    finished(record) {
      // Nobody measured what the sweep books.
      if (record.outcome === 'expired') return
      ids.use(record.trace?.spanId === null ? record.trace.traceId : null)
      recordSpans(tracer, record)
      metrics.record(record)
    },
    async close() {
      let timer: NodeJS.Timeout | undefined
      const timeout = new Promise((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS)
      })
      const sent = Promise.all([tracers.shutdown(), meters.shutdown()]).catch((error: unknown) =>
        report(String(error)),
      )
      await Promise.race([sent, timeout])
      clearTimeout(timer)
      isClosed = true
    },
  }
}

function describeProcess(): Resource {
  const own: Attributes = { 'service.name': SCOPE }
  // What an operator sets wins over what we say.
  const detected = detectResources({ detectors: [envDetector, serviceInstanceIdDetector] })
  return resourceFromAttributes(own).merge(detected)
}

/** The SDK tells its problems to one place per process, and to nobody unless asked. */
function tellProblems(onProblem: (problem: string) => void): void {
  const tell = (message: string): void => onProblem(message.slice(0, 500))
  diag.setLogger(
    { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

function ignore(): void {
  // Information that nobody asked for.
}
