// A counter of prom-client's that is read from sums kept elsewhere. prom-client would copy and hash the labels of every
// value at every scrape; here each has those that it shares with others as one object, which is turned into text once.

import { Counter, type Registry } from 'prom-client'

export type Labels = Readonly<Record<string, string>>

export interface Reading {
  /** The same object at every scrape. */
  readonly shared: Labels
  readonly own: Labels
  readonly value: number
}

export const NO_LABELS: Labels = Object.freeze({})

export interface ReadCounterOptions {
  readonly name: string
  readonly help: string
  readonly registry: Registry
  /** One for each set of labels. */
  readonly read: () => Iterable<Reading>
}

interface CounterExport {
  readonly name: string
  readonly help: string
  readonly type: 'counter'
  readonly aggregator: 'sum'
  readonly values: readonly {
    readonly labels: Labels
    readonly sharedLabels: Labels
    readonly value: number
  }[]
}

export class ReadCounter extends Counter {
  readonly #options: ReadCounterOptions

  constructor(options: ReadCounterOptions) {
    const { name, help, registry } = options
    super({ name, help, registers: [registry] })
    this.#options = options
  }

  /** What prom-client asks a metric for when it writes it. */
  async getForPromString(): Promise<CounterExport> {
    const { name, help, read } = this.#options
    const values = Array.from(read(), ({ shared, own, value }) => ({
      labels: own,
      sharedLabels: shared,
      value,
    }))
    return { name, help, type: 'counter', aggregator: 'sum', values }
  }

  /** What it is asked for where several processes are told as one. */
  override async get(): ReturnType<Counter['get']> {
    const values = Array.from(this.#options.read(), ({ shared, own, value }) => ({
      labels: { ...shared, ...own },
      value,
    }))
    return { ...(await super.get()), values }
  }
}
