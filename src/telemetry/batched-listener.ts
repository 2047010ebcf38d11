// Requests that finished, told on in batches: counting and logging them one by one would cost the next request more than
// a dozen at once do, whose code and data are then at hand.

import type { RequestRecord } from '../core/request-record.ts'
import type { TelemetryListener } from './listener.ts'

export interface BatchedListener extends TelemetryListener {
  /** Tells what waits: before metrics are read, and before the log is closed. */
  flush(): void
}

/** A counter and a log line may be late by this much. */
const LATEST_MS = 250
/** A batch of more would keep the event loop. */
const MAX_WAITING = 100

export function batchListener(listener: TelemetryListener): BatchedListener {
  let waiting: RequestRecord[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const told = waiting
    waiting = []
    for (const record of told) listener.finished(record)
  }
  return {
    ...listener,
    finished(record) {
      if (waiting.push(record) >= MAX_WAITING) flush()
      else timer ??= setTimeout(flush, LATEST_MS)
    },
    // What happened first is counted first: a correction takes away what its request had added.
    corrected(record) {
      flush()
      listener.corrected(record)
    },
    flush,
  }
}
