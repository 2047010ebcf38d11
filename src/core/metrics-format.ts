// In which format metrics are told: Prometheus's own text, or OpenMetrics, which alone has exemplars.

export type MetricsFormat = 'text' | 'openmetrics'

export interface RenderedMetrics {
  readonly contentType: string
  readonly body: string
}

const OPEN_METRICS = 'application/openmetrics-text'

/** What an `accept` header asks for: OpenMetrics where it is named, and no other text is wanted more. */
export function wantedFormat(accept: string | undefined): MetricsFormat {
  if (accept === undefined || !accept.includes(OPEN_METRICS)) return 'text'
  const kinds = accept.split(',').map((kind) => ({ kind: kind.trim(), quality: qualityOf(kind) }))
  const best = Math.max(...kinds.map(({ quality }) => quality))
  return kinds.some(({ kind, quality }) => kind.startsWith(OPEN_METRICS) && quality === best)
    ? 'openmetrics'
    : 'text'
}

function qualityOf(kind: string): number {
  const [, text] = /;\s*q=([\d.]+)/.exec(kind) ?? []
  return text === undefined ? 1 : Number(text)
}
