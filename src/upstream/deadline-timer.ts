// The deadlines of all exchanges behind one timer: an exchange that ends in time has set and cleared none.

import { performance } from 'node:perf_hooks'
import { Slots } from '../core/slots.ts'

export interface Waiting {
  /** By `performance.now()`; Infinity: for nothing. It may move to a later time at any moment, to an earlier one with `hasten`. */
  readonly dueAt: number
  /** Its time has come. It is asked again until its `dueAt` moves or it is forgotten. */
  onDue(): void
}

export class DeadlineTimer {
  readonly #waiting = new Slots<Waiting>()
  #timer: NodeJS.Timeout | undefined
  #ringsAt = Number.POSITIVE_INFINITY

  /** Gives the place by which it is forgotten, once. */
  watch(waiting: Waiting): number {
    this.hasten(waiting)
    return this.#waiting.add(waiting)
  }

  hasten({ dueAt }: Waiting): void {
    if (dueAt < this.#ringsAt) this.#ringAt(dueAt)
  }

  forget(place: number): void {
    this.#waiting.remove(place)
  }

  close(): void {
    clearTimeout(this.#timer)
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
