// The process: configuration in, gateway up, signals obeyed. The only reader of the environment besides the command line.

import { type App, createApp } from './app.ts'
import type { Config } from './config/config.ts'
import { ConfigError, formatProblems } from './config/config-error.ts'
import { variable } from './config/environment.ts'
import { DEFAULT_CONFIG_FILE, loadConfig } from './config/load-config.ts'
import { StoreSchemaError } from './ledger/store.ts'

/** EX_CONFIG of sysexits.h: the configuration is wrong, and starting again will not help. */
const EXIT_CONFIG = 78

/** Starts the gateway and keeps it running until SIGTERM or SIGINT. */
export async function serve(): Promise<void> {
  const app = await start()
  if (app === null) {
    process.exitCode = EXIT_CONFIG
    return
  }
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal means now.
    if (isStopping) process.exit(1)
    isStopping = true
    app.logger.info({ signal }, 'stopping: open requests are finished first')
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`could not stop cleanly: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  // Whether it was applied or refused stands in the log.
  process.on('SIGHUP', () => void app.reload().catch(() => undefined))
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

async function start(): Promise<App | null> {
  try {
    const file = variable(process.env, 'FARTHING_CONFIG') ?? DEFAULT_CONFIG_FILE
    const read = (mayBeEmpty: boolean): Config => loadConfig({ file, env: process.env, mayBeEmpty })
    const app = await createApp(read(true), { readConfig: () => read(false) })
    await app.listen()
    return app
  } catch (error) {
    if (error instanceof StoreSchemaError) process.stderr.write(`${error.message}\n`)
    else if (error instanceof ConfigError) process.stderr.write(formatProblems(error))
    else throw error
    return null
  }
}

if (import.meta.main) await serve()
