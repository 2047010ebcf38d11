// The configuration read again while requests are served: all of it takes over, or nothing of it does.

import { GatewayError } from '../core/errors.ts'

/** What a reload found. Paths as the file names them. */
export interface Change {
  readonly changed: readonly string[]
  /** Those of `changed` that keep their old values until the gateway is started again. */
  readonly needsRestart: readonly string[]
}

export interface ReloadOptions<Next extends Change> {
  /** Throws where the configuration cannot be used. */
  readonly read: () => Next
  readonly apply: (next: Next) => void
  /** One line each; null for an error that says nothing about the configuration. */
  readonly problemsOf: (error: unknown) => readonly string[] | null
  readonly listener: ReloadListener<Next>
}

export interface ReloadListener<Next> {
  applied(next: Next): void
  refused(problems: readonly string[]): void
}

export interface ReloadReport {
  readonly object: 'reload'
  readonly changed: readonly string[]
  readonly needs_restart: readonly string[]
}

/** Rejects with GatewayError `invalid_request` that names every problem, and nothing has changed. */
export type Reload = () => Promise<ReloadReport>

/** Without a wait between reading and taking over: two at once are one after the other. */
export function createReload<Next extends Change>(options: ReloadOptions<Next>): Reload {
  const { read, apply, problemsOf, listener } = options
  const readOrRefuse = (): Next => {
    try {
      return read()
    } catch (error) {
      const problems = problemsOf(error)
      listener.refused(problems ?? ['the configuration could not be read'])
      if (problems === null) throw error
      throw new GatewayError('invalid_request', `Nothing was changed. ${problems.join('; ')}.`, {
        cause: error,
      })
    }
  }
  return async () => {
    const next = readOrRefuse()
    apply(next)
    listener.applied(next)
    return { object: 'reload', changed: next.changed, needs_restart: next.needsRestart }
  }
}
