// The process that was started, where several serve on one port: it starts the workers, starts anew those that die, hands on
// what an operator asks of one to all of them, and ends when they have.

import cluster, { type Worker } from 'node:cluster'
import { type Link, openLink, type Peer } from './link.ts'

export interface PrimaryOptions {
  readonly workers: number
  /** The exit code of a worker that it would help nobody to start again: all end with it. */
  readonly finalExitCode: number
  /** Lines for the log of a process that serves nothing itself. */
  readonly tell: (level: 'info' | 'warn' | 'error', text: string, fields: object) => void
  readonly merge: Merge
}

/** Snapshots of all workers, those that are gone included, into one text. */
export interface Merge {
  /** What a worker told last is kept when it is gone. */
  gone(snapshot: unknown): void
  render(snapshots: readonly unknown[]): Promise<unknown>
}

/** Workers that die sooner than this one after the other are not started for ever. */
const SOON_MS = 5_000
const MOST_SOON = 5

/** Resolves with the exit code once every worker has ended. */
export function runPrimary({ workers, finalExitCode, tell, merge }: PrimaryOptions): Promise<number> {
  const links = new Map<Worker, Link>()
  const told = new Map<Worker, unknown>()
  let isStopping = false
  let exitCode = 0
  let soon = 0

  const askAll = (question: string): Promise<readonly unknown[]> =>
    Promise.all([...links.values()].map((link) => link.ask(question)))
  const scrape = async (): Promise<unknown> => {
    const snapshots = await Promise.all(
      [...links].map(async ([worker, link]) => {
        const snapshot = await link.ask('snapshot').catch((error: unknown) => {
          tell('warn', 'a worker did not tell its metrics: its last ones are shown', { error: String(error) })
          return told.get(worker)
        })
        if (links.has(worker)) told.set(worker, snapshot)
        return snapshot
      }),
    )
    return merge.render(snapshots.filter((snapshot) => snapshot !== undefined))
  }
  const reloadOthers = (asker: Worker): Promise<unknown> =>
    Promise.all([...links].flatMap(([worker, link]) => (worker === asker ? [] : link.ask('reload'))))

  const stop = (): void => {
    // A second signal means now.
    if (isStopping) process.exit(1)
    isStopping = true
    // One that cannot be asked serves nobody yet, or nobody any more.
    for (const [worker, link] of links) link.ask('stop').catch(() => worker.process.kill('SIGKILL'))
  }

  return new Promise((resolve) => {
    const start = (): void => {
      const worker = cluster.fork()
      const startedAtMs = performance.now()
      const link = openLink(peerOf(worker), {
        scrape,
        reload_others: () => reloadOthers(worker),
      })
      links.set(worker, link)
      worker.once('exit', (code, signal) => {
        links.delete(worker)
        merge.gone(told.get(worker))
        told.delete(worker)
        if (!isStopping) replace(code, signal, performance.now() - startedAtMs)
        if (links.size === 0) resolve(exitCode)
      })
    }
    const replace = (code: number | null, signal: string | null, livedMs: number): void => {
      soon = livedMs < SOON_MS ? soon + 1 : 0
      if (code === finalExitCode || soon > MOST_SOON) {
        exitCode = code ?? 1
        return stop()
      }
      tell('error', 'a worker ended, and another is started', { code, signal })
      start()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    process.on('SIGHUP', () => {
      askAll('reload').catch((error: unknown) =>
        tell('error', 'not every worker reloaded', { error: String(error) }),
      )
    })
    for (let number = 0; number < workers; number++) start()
  })
}

function peerOf(worker: Worker): Peer {
  return {
    // Of one that has just died nobody waits for an answer.
    send: (message) => void (worker.isConnected() && worker.send(message, () => undefined)),
    onMessage: (hear) => void worker.on('message', hear),
  }
}
