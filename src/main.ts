// The process: configuration in, gateway up, signals obeyed. The only reader of the environment besides the command line.

import { type App, type AppOverrides, createApp } from './app.ts'
import type { Config } from './config/config.ts'
import { ConfigError, formatProblems } from './config/config-error.ts'
import { variable } from './config/environment.ts'
import { loadCatalogFile } from './config/load-catalog-file.ts'
import { DEFAULT_CONFIG_FILE, loadConfig } from './config/load-config.ts'
import { StoreSchemaError } from './ledger/store.ts'
import { createLogger } from './telemetry/logger.ts'
import { createMergedMetrics, readRendered } from './telemetry/merged-metrics.ts'
import { runPrimary } from './workers/primary.ts'
import { isWorker, openWorkerLink } from './workers/worker.ts'

/** EX_CONFIG of sysexits.h: the configuration is wrong, and starting again will not help. */
const EXIT_CONFIG = 78

/** Starts the gateway and keeps it running until SIGTERM or SIGINT. */
export async function serve(): Promise<void> {
  try {
    const config = readConfig(true)
    if (isWorker()) await serveAsWorker(config)
    else if (config.server.workers > 1) await serveByWorkers(config)
    else await serveAlone(config)
  } catch (error) {
    if (error instanceof StoreSchemaError) process.stderr.write(`${error.message}\n`)
    else if (error instanceof ConfigError) process.stderr.write(formatProblems(error))
    else throw error
    process.exitCode = EXIT_CONFIG
    // Nothing that was opened before may keep a worker alive.
    if (isWorker()) process.exit(EXIT_CONFIG)
  }
}

function readConfig(mayBeEmpty: boolean): Config {
  const file = variable(process.env, 'FARTHING_CONFIG') ?? DEFAULT_CONFIG_FILE
  return loadConfig({ file, env: process.env, mayBeEmpty })
}

async function start(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const app = await createApp(config, { ...overrides, readConfig: () => readConfig(false) })
  await app.listen()
  return app
}

async function serveAlone(config: Config): Promise<void> {
  const app = await start(config)
  let isStopping = false
  const stop = (signal: NodeJS.Signals): void => {
    // A second signal means now.
    if (isStopping) process.exit(1)
    isStopping = true
    end(app, { signal })
  }
  // Whether it was applied or refused stands in the log.
  process.on('SIGHUP', () => void app.reload().catch(() => undefined))
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

function end(app: App, why: object): void {
  app.logger.info(why, 'stopping: open requests are finished first')
  app.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`could not stop cleanly: ${String(error)}\n`)
      process.exit(1)
    },
  )
}

async function serveByWorkers(config: Config): Promise<void> {
  // What is wrong with it is told once, and not by each of them.
  loadCatalogFile(config)
  const log = createLogger({ level: config.log.level })
  const { workers } = config.server
  log.logger.info({ workers }, `starting ${workers} workers`)
  const exitCode = await runPrimary({
    workers,
    finalExitCode: EXIT_CONFIG,
    tell: (level, text, fields) => log.logger[level](fields, text),
    merge: createMergedMetrics(),
  })
  await log.close()
  process.exit(exitCode)
}

async function serveAsWorker(config: Config): Promise<void> {
  let app: App | null = null
  let isStopping = false
  const link = openWorkerLink(() => {
    const running = app
    return running === null
      ? null
      : {
          snapshot: () => running.snapshot(),
          reload: () => running.reload(),
          stop() {
            if (isStopping) return
            isStopping = true
            end(running, { worker: process.pid })
          },
        }
  })
  app = await start(config, {
    scrape: async () => readRendered(await link.ask('scrape')),
    reloadOthers: async () => void (await link.ask('reload_others')),
  })
}

if (import.meta.main) await serve()
