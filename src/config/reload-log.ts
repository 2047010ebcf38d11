// What the log is told of a configuration that was read again.

import { logNotes, type Summary } from './summary.ts'

export interface ReloadTold {
  readonly changed: readonly string[]
  /** Those of them that keep their old values. */
  readonly needsRestart: readonly string[]
}

export interface ReloadTelling {
  readonly logger: Readonly<Record<'info' | 'warn' | 'error', (fields: object, text: string) => void>>
  readonly onReload: (isApplied: boolean) => void
  /** Of what is in force. */
  readonly summarize: () => Summary
}

export function tellOfReload({ logger, onReload, summarize }: ReloadTelling) {
  return {
    applied({ changed, needsRestart }: ReloadTold): void {
      onReload(true)
      const { facts, notes } = summarize()
      logger.info({ changed, ...facts }, 'configuration reloaded')
      if (needsRestart.length > 0)
        logger.warn({ needs_restart: needsRestart }, 'keeps its old value until a restart')
      logNotes(logger, notes)
    },
    refused(problems: readonly string[]): void {
      onReload(false)
      logger.error({ problems }, 'configuration not reloaded: nothing was changed')
    },
  }
}
