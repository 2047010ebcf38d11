// The log: JSON lines, written in batches off the request's path. Never bodies, never keys.

import { type DestinationStream, type Level, type Logger, pino } from 'pino'
import { redact } from './redact.ts'

export interface LoggerOptions {
  /** A pino level, or `silent`. */
  readonly level: string
  /** Standard output in batches, unless told. */
  readonly destination?: DestinationStream
}

/** Nothing that prints itself, and no errors. */
export type PlainFields = Readonly<Record<string, Plain | Readonly<Record<string, Plain>>>>
type Plain = string | number | boolean | null

/** Where lines go. */
interface Output {
  readonly output: DestinationStream
  readonly close: Log['close']
}

export interface Log {
  readonly logger: Logger
  /** The line that `logger` would write, for what happens with every request: made in one go, at a third of the cost. */
  line(level: Level, fields: PlainFields, text: string): void
  /** Writes what is still in the batch. Nothing may be logged afterwards. */
  readonly close: () => Promise<void>
}

/** A line waits for its batch no longer than this. */
const FLUSH_EVERY_MS = 250
const BATCH_BYTES = 15 * 1024

export function createLogger({ level, destination }: LoggerOptions): Log {
  const { output, close }: Output =
    destination === undefined ? openBatchedOutput() : { output: destination, close: () => Promise.resolve() }
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redact },
      serializers: { err: serializeError, error: serializeError },
    },
    output,
  )
  redactBindings(logger)
  return {
    logger,
    line(at, fields, text) {
      if (!logger.isLevelEnabled(at)) return
      const time = new Date().toISOString()
      output.write(`${JSON.stringify({ level: at, time, ...redact(fields), msg: text })}\n`)
    },
    close,
  }
}

/** pino formats what a line says, but not what is bound to a child logger. */
function redactBindings(logger: Logger): void {
  const child: unknown = Reflect.get(logger, 'child')
  if (typeof child !== 'function') throw new TypeError('pino has no child() any more')
  Object.defineProperty(logger, 'child', {
    // Children inherit it, so `this` is whichever logger gets a child.
    value(bindings: Record<string, unknown>, options?: unknown): unknown {
      return Reflect.apply(child, this, [redact(bindings), options])
    },
  })
}

function openBatchedOutput(): Output {
  const output = pino.destination({
    dest: 1,
    sync: false,
    minLength: BATCH_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  })
  return {
    output,
    // Not flush(): that one does not wait for a write under way.
    close: () =>
      new Promise((resolve) => {
        output.once('close', resolve)
        output.end()
      }),
  }
}

/** What an operator needs of an error, and none of what libraries hang on to it (requests with their headers). */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error
  const code: unknown = 'code' in error ? error.code : undefined
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error.cause === undefined ? {} : { cause: serializeError(error.cause) }),
  }
}
