// What Prometheus holds of the counters of spend, added up by day, provider and model: process by process, since each
// begins at zero. Not by increase(), which estimates what it has no sample of.

import type { Counted } from '../admin/reconcile/prometheus-check.ts'
import { picoFromUsd } from '../core/money.ts'

/** One counter of one process; samples in the order of time. */
export interface CounterSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly samples: readonly (readonly [atMs: number, value: number])[]
}

/** A part of the span, on one grid of moments. */
export interface CounterPart {
  readonly spend: readonly CounterSeries[]
  readonly replaced: readonly CounterSeries[]
  /** When each process began, in seconds since 1970. */
  readonly starts: readonly CounterSeries[]
}

export interface CountedSpan {
  readonly fromMs: number
  readonly toMs: number
  /** Of the last sample that is asked for. */
  readonly lastMs: number
}

/** The longest that a request may take by the default deadlines, and until it is scraped. */
export const EDGE_MS = 20 * 60_000
/** Prometheus itself takes a sample for the present one for so long. */
const STALE_MS = 5 * 60_000
const DAY_MS = 86_400_000

interface Last {
  readonly value: bigint
  readonly start: number | undefined
}

interface Place {
  readonly day: string
  readonly provider: string
  readonly model: string
  cost: bigint
  atEdges: bigint
}

type Labels = CounterSeries['labels']

interface Process {
  readonly firstMs: number
  lastMs: number
}

export class SpendCount {
  readonly #span: CountedSpan
  readonly #processes = new Map<string, Process>()
  readonly #last = new Map<string, Last>()
  readonly #places = new Map<string, Place>()
  #replaced = 0n
  #hasGaps = false

  constructor(span: CountedSpan) {
    this.#span = span
  }

  /** Parts come in the order of time. */
  add({ spend, replaced, starts }: CounterPart): void {
    const startsOf = new Map(starts.map(({ labels, samples }) => [processOf(labels), new Map(samples)]))
    for (const [name, moments] of startsOf) this.#see(name, [...moments.keys()])
    for (const series of spend)
      for (const [atMs, grown] of this.#growth(series, startsOf)) this.#count(series.labels, atMs, grown)
    for (const series of replaced)
      for (const [, grown] of this.#growth(series, startsOf)) this.#replaced += grown
  }

  result(): Omit<Counted, 'fromMs' | 'toMs'> {
    const isOver = ({ lastMs }: Process): boolean => lastMs < this.#span.lastMs - STALE_MS
    return {
      rows: [...this.#places.values()],
      replaced: this.#replaced,
      hasGaps: this.#hasGaps || [...this.#processes.values()].some(isOver),
    }
  }

  #see(name: string, timesMs: readonly number[]): void {
    const known = this.#processes.get(name)
    const lastMs = timesMs.at(-1) ?? 0
    if (known === undefined) this.#processes.set(name, { firstMs: timesMs[0] ?? 0, lastMs })
    else known.lastMs = lastMs
  }

  #growth({ labels, samples }: CounterSeries, startsOf: StartsOf): readonly (readonly [number, bigint])[] {
    const process = processOf(labels)
    const name = JSON.stringify([process, labels['provider'], labels['model']])
    return samples.map(([atMs, number]) => {
      const now = { value: picoFromUsd(number.toFixed(12)), start: startsOf.get(process)?.get(atMs) }
      const before = this.#last.get(name)
      this.#last.set(name, now)
      if (before === undefined) return [atMs, this.#firstGrowth(process, atMs, now)]
      if (before.start === now.start && now.value >= before.value) return [atMs, now.value - before.value]
      this.#hasGaps = true
      return [atMs, now.value]
    })
  }

  #firstGrowth(process: string, atMs: number, { value, start }: Last): bigint {
    if (start !== undefined && start * 1000 >= this.#span.fromMs) return value
    if (atMs === this.#span.fromMs) return 0n
    // Of a process that was there before: its first spend of this kind.
    if ((this.#processes.get(process)?.firstMs ?? atMs) < atMs) return value
    this.#hasGaps = true
    return 0n
  }

  /** A sample tells of the time before it. */
  #count(labels: Labels, atMs: number, grown: bigint): void {
    if (grown === 0n) return
    const { fromMs, toMs, lastMs } = this.#span
    const dayMs = Math.floor((atMs - 1) / DAY_MS) * DAY_MS
    const isAtStart = atMs - Math.max(dayMs, fromMs) <= EDGE_MS
    // What began before midnight, or before the end of the span, may have been counted only now.
    if (atMs > toMs) this.#placeOf(toMs - 1, labels).atEdges += grown
    else if (isAtStart && dayMs > fromMs) this.#placeOf(dayMs - 1, labels).atEdges += grown
    if (atMs > toMs) return
    const place = this.#placeOf(atMs - 1, labels)
    place.cost += grown
    const isAtOpenEnd = toMs === lastMs && atMs > toMs - EDGE_MS
    if (isAtStart || isAtOpenEnd) place.atEdges += grown
  }

  #placeOf(timeMs: number, { provider = '', model = '' }: Labels): Place {
    const day = new Date(timeMs).toISOString().slice(0, 10)
    const name = JSON.stringify([day, provider, model])
    const place = this.#places.get(name) ?? { day, provider, model, cost: 0n, atEdges: 0n }
    this.#places.set(name, place)
    return place
  }
}

type StartsOf = ReadonlyMap<string, ReadonlyMap<number, number>>

function processOf({ job = '', instance = '' }: Labels): string {
  return JSON.stringify([job, instance])
}
