// The deadlines of all exchanges behind one timer: an exchange that ends in time has set and cleared none.

import { performance } from 'node:perf_hooks'

export interface Waiting {
  /** By `performance.now()`; Infinity: for nothing. It may move to a later time at any moment, to an earlier one with `hasten`. */
  readonly dueAt: number
  /** Its time has come. It is asked again until its `dueAt` moves or it is forgotten. */
  onDue(): void
}

export class DeadlineTimer {
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #ringsAt = Number.POSITIVE_INFINITY

  watch(waiting: Waiting): void {
    this.#waiting.add(waiting)
    this.hasten(waiting)
  }

  hasten({ dueAt }: Waiting): void {
    if (dueAt < this.#ringsAt) this.#ringAt(dueAt)
  }

  forget(waiting: Waiting): void {
    this.#waiting.delete(waiting)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #ringAt(at: number): void {
    clearTimeout(this.#timer)
    this.#ringsAt = at
    this.#timer = setTimeout(() => this.#ring(), Math.max(1, Math.ceil(at - performance.now())))
    this.#timer.unref()
  }

  #ring(): void {
    this.#ringsAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    let next = Number.POSITIVE_INFINITY
    for (const waiting of this.#waiting) {
      if (waiting.dueAt <= now) waiting.onDue()
      else if (waiting.dueAt < next) next = waiting.dueAt
    }
    if (next < this.#ringsAt) this.#ringAt(next)
  }
}
