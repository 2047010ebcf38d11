// What happens to the spool and to journals, in words for the log.

import type { RequestRecord } from '../core/request-record.ts'
import type { SpoolEvent } from './spooled-store.ts'

export interface SpoolListener {
  readonly logger: {
    info(fields: object, message: string): void
    warn(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  readonly onCorrected: (record: RequestRecord) => void
}

export function tellOfJournal(
  logger: SpoolListener['logger'],
  damage: { readonly file: string; readonly lines: number },
): void {
  logger.error(damage, 'lines of a journal are damaged, and are kept in this file; the others were booked')
}

export function tellOfSpool({ logger, onCorrected }: SpoolListener, event: SpoolEvent): void {
  switch (event.kind) {
    case 'corrected':
      return onCorrected(event.record)
    case 'store_lost':
      return logger.error({ err: event.error }, 'the store cannot be reached: settlements go to the spool')
    case 'store_back':
      return logger.info({}, 'the store is back')
    case 'replayed':
      return logger.info({ documents: event.documents }, 'the spool was booked')
    case 'restored':
      return logger.warn(
        { settlements: event.settlements },
        'the store had lost settlements that it had acknowledged: they were booked again',
      )
    case 'stuck':
      return logger.error(
        { err: event.error },
        'neither the store nor the disk takes settlements: they wait in memory, and are tried again',
      )
    case 'set_aside':
      return logger.error(
        { file: event.file, lines: event.lines },
        'lines of the spool are damaged or were refused, and are kept in this file',
      )
    case 'failed':
      return logger.error({ err: event.error }, 'a settlement could not be booked')
  }
}
