// A histogram of prom-client's that counts in arrays of its own and is put into labels and lines when it is read:
// prom-client checks, copies and hashes the labels of every single observation.

import { Histogram } from 'prom-client'

export type HistogramLabels = Readonly<Record<string, string>>

export interface CountedHistogramOptions {
  readonly name: string
  readonly help: string
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[]
  readonly labelNames: readonly string[]
}

interface HistogramExport {
  readonly name: string
  readonly help: string
  readonly type: 'histogram'
  readonly aggregator: 'sum'
  readonly values: readonly Line[]
}

interface Line {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  /** prom-client turns them into text once: they are the same object at every scrape. */
  readonly sharedLabels: HistogramLabels
  readonly value: number
  /** Written where the reader asked for OpenMetrics. */
  readonly exemplar?: {
    readonly labelSet: { readonly trace_id: string }
    readonly value: number
    readonly timestamp: number
  }
}

/** By which one observation can be looked at. */
export interface Example {
  readonly traceId: string
  readonly atMs: number
}

const NONE = Object.freeze({})

export class CountedHistogram extends Histogram {
  readonly #options: CountedHistogramOptions
  readonly #cells = new Map<HistogramLabels, Cell>()
  /** Name, help and type, as prom-client has them. */
  readonly #bare: Histogram

  constructor(options: CountedHistogramOptions) {
    const { buckets, labelNames, ...rest } = options
    super({ ...rest, buckets: [...buckets], labelNames: [...labelNames], registers: [] })
    this.#options = options
    this.#bare = new Histogram({ ...rest, labelNames: [...labelNames], registers: [] })
  }

  /** The counts of these labels. They are known by the object, not by what is in it: keep one per set of labels. */
  at(labels: HistogramLabels): Cell {
    let cell = this.#cells.get(labels)
    if (cell === undefined) {
      cell = new Cell(this.#options.buckets)
      this.#cells.set(labels, cell)
    }
    return cell
  }

  /** What it is asked for where several processes are told as one; prom-client's own would write into what is shared. */
  override async get(): ReturnType<Histogram['get']> {
    const { values } = await this.getForPromString()
    const lines = values.map(({ metricName, labels, sharedLabels, value }) => ({
      metricName,
      labels: { ...sharedLabels, ...labels },
      value,
    }))
    // Without observations of its own it has no lines.
    return { ...(await this.#bare.get()), values: lines }
  }

  /** What prom-client asks a metric for when it writes it. */
  async getForPromString(): Promise<HistogramExport> {
    const { name, help } = this.#options
    const values = Array.from(this.#cells, ([labels, cell]) => cell.lines(name, labels)).flat()
    return { name, help, type: 'histogram', aggregator: 'sum', values }
  }
}

export class Cell {
  readonly #bounds: readonly number[]
  /** By bucket, each without those below; the last one is of what is beyond every bound. */
  readonly #counts: Float64Array
  /** By bucket, the last observation that has a trace. */
  readonly #examples: (Example & { readonly value: number })[] = []
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number, example: Example | null = null): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += value
    if (example !== null) this.#examples[bucket] = { ...example, value }
  }

  lines(name: string, sharedLabels: HistogramLabels): readonly Line[] {
    let count = 0
    const buckets = Array.from(this.#counts, (own, bucket) => {
      count += own
      const le = this.#bounds[bucket] ?? '+Inf'
      const line = { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count }
      const example = this.#examples[bucket]
      return example === undefined ? line : { ...line, exemplar: exemplarOf(example) }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: NONE, sharedLabels, value: this.#sum },
      { metricName: `${name}_count`, labels: NONE, sharedLabels, value: count },
    ]
  }
}

function exemplarOf({
  traceId,
  value,
  atMs,
}: Example & { readonly value: number }): Line['exemplar'] & object {
  return { labelSet: { trace_id: traceId }, value, timestamp: atMs / 1000 }
}
