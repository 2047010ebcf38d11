// OpenTelemetry, where an endpoint is configured: finished requests are told to an exporter as well. Without one none of
// its packages is loaded.

import type { Logger } from 'pino'
import type { TraceContext } from '../core/trace-context.ts'
import type { TelemetryListener } from './listener.ts'

export interface OtlpOptions {
  /** Where OTLP over HTTP is taken, without the path of a signal; null: nowhere. */
  readonly endpoint: URL | null
  readonly metricIntervalMs: number
  readonly logger: Logger
}

export interface Otlp {
  /** Null where nothing is exported. */
  readonly beginTrace: (() => TraceContext) | null
  /** The listener, and the exporter behind it. */
  over(listener: TelemetryListener): TelemetryListener
  /** Sends what waits, for a few seconds at most. */
  close(): Promise<void>
}

const NOWHERE: Otlp = { beginTrace: null, over: (listener) => listener, close: async () => undefined }

export async function openOtlp({ endpoint, metricIntervalMs, logger }: OtlpOptions): Promise<Otlp> {
  if (endpoint === null) return NOWHERE
  const { createExporter } = await import('./otlp/exporter.ts')
  const exporter = createExporter({
    endpoint: endpoint.href,
    metricIntervalMs,
    onProblem: (problem) => logger.warn({ endpoint: endpoint.href, problem }, 'telemetry was not exported'),
  })
  return {
    beginTrace: () => exporter.beginTrace(),
    over: (listener) => ({
      ...listener,
      finished(record) {
        listener.finished(record)
        try {
          exporter.finished(record)
        } catch (error) {
          logger.error({ err: error }, 'telemetry failed')
        }
      },
    }),
    close: () => exporter.close(),
  }
}
