// Commands with an end: each is answered, or refused, in time; and none is cut off when the store is closed.

import { performance } from 'node:perf_hooks'
import { StoreUnavailableError } from '../store.ts'
import { type Connection, type ConnectionOptions, connect } from './connection.ts'
import type { Script } from './script.ts'

export type ScriptArgument = string | number | Buffer

export interface RedisClient {
  /** Runs one command; whatever keeps it from being answered is StoreUnavailableError. */
  ask<Result>(command: (connection: Connection) => Promise<Result>): Promise<Result>
  run(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown>
  /** How many connections have ended, whoever ended them. */
  readonly connectionsLost: number
  /** Waits for the answers that are still to come, takes nothing more, and lets go. */
  close(): Promise<void>
}

/** A connection that has answered nothing for so long is given up for a new one: ioredis waits as long as any byte comes. */
const GIVE_UP_MS = 3_000

export function createRedisClient(options: ConnectionOptions): RedisClient {
  const { commandTimeoutMs } = options
  // Commands learn only that there is no connection; why there is none, it says as an event.
  let problem: string | null = null
  let connectionsLost = 0
  const open = (): Connection => {
    const opened = connect(options)
    opened.on('error', (error) => {
      problem = error.message
    })
    // One of a cluster's nodes leaves it by another event.
    for (const event of ['close', '-node']) opened.on(event, () => connectionsLost++)
    return opened
  }
  let connection = open()
  let silentSinceMs: number | null = null
  let underWay = 0
  let onIdle: (() => void) | null = null
  let closing: Promise<void> | null = null

  const answer = async <Result>(command: (connection: Connection) => Promise<Result>): Promise<Result> => {
    underWay++
    try {
      return await command(connection)
    } catch (error) {
      throw asStoreError(error, problem)
    } finally {
      silentSinceMs = null
      underWay--
      if (underWay === 0) onIdle?.()
    }
  }
  const timedOut = (): StoreUnavailableError => {
    const nowMs = performance.now()
    silentSinceMs ??= nowMs
    if (closing === null && nowMs - silentSinceMs >= GIVE_UP_MS) {
      const silent = connection
      connection = open()
      silentSinceMs = null
      silent.disconnect()
    }
    return new StoreUnavailableError(`Redis did not answer within ${commandTimeoutMs} ms`)
  }
  // A timer of our own: ioredis's does not run while it looks for a cluster's nodes.
  const ask = <Result>(command: (connection: Connection) => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (closing !== null) {
        reject(new StoreUnavailableError('the Redis store is closed'))
        return
      }
      const timer = setTimeout(() => reject(timedOut()), commandTimeoutMs)
      answer(command)
        .finally(() => clearTimeout(timer))
        .then(resolve, reject)
    })

  const close = async (): Promise<void> => {
    if (underWay > 0) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        onIdle = resolve
        timer = setTimeout(resolve, commandTimeoutMs)
      })
      clearTimeout(timer)
    }
    connection.disconnect()
  }
  return {
    ask,
    run: (script, keys, args) => ask((to) => runScript(to, { script, keys, args })),
    get connectionsLost() {
      return connectionsLost
    },
    close: () => (closing ??= close()),
  }
}

interface ScriptCall {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly ScriptArgument[]
}

/** EVALSHA, and EVAL once where the server does not know the script (new, restarted, flushed). */
async function runScript(connection: Connection, { script, keys, args }: ScriptCall): Promise<unknown> {
  try {
    return await connection.evalsha(script.digest, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return connection.eval(script.text, keys.length, ...keys, ...args)
  }
}

/** Replies that name a mistake of ours; by all others (LOADING, READONLY, OOM, NOAUTH, …) a server says that it cannot serve now. */
const OUR_MISTAKE = /^(?:ERR|WRONGTYPE|CROSSSLOT|EXECABORT)\b/

function asStoreError(error: unknown, problem: string | null): unknown {
  if (!(error instanceof Error) || error instanceof TypeError) return error
  // Not the error itself: it carries the command with all that was written, and would take it into the log.
  if (error.name === 'ReplyError' && OUR_MISTAKE.test(error.message))
    return new Error(`Redis refused a command: ${error.message}`, { cause: error })
  const reason = error.name === 'MaxRetriesPerRequestError' ? (problem ?? error.message) : error.message
  return new StoreUnavailableError(`Redis cannot be used: ${reason}`, { cause: error })
}
