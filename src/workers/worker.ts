// One of several processes that serve on one port, as it speaks with the process that started it.

import cluster from 'node:cluster'
import { type Link, openLink } from './link.ts'

export interface WorkerDuties {
  snapshot(): Promise<unknown>
  reload(): Promise<unknown>
  stop(): void
}

export const isWorker = (): boolean => cluster.isWorker

/** Ends it too where the process that started it is gone. */
export function openWorkerLink(duties: () => WorkerDuties | null): Link {
  const due = (): WorkerDuties => {
    const found = duties()
    if (found === null) throw new Error('this worker is still starting')
    return found
  }
  const link = openLink(
    {
      send: (message) =>
        void (process.connected && process.send?.(message, undefined, undefined, () => undefined)),
      onMessage: (hear) => void process.on('message', hear),
    },
    {
      snapshot: async () => due().snapshot(),
      reload: async () => due().reload(),
      stop: async () => due().stop(),
    },
  )
  process.on('disconnect', () => duties()?.stop())
  // The terminal tells the whole group; what follows is the other process's to say.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
  return link
}
