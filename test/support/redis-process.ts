// One redis-server of our own: free port, folder of its own, append-only file on, so that it can be stopped, killed and
// started again with all that it had acknowledged.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

export interface RedisProcess {
  readonly port: number
  start(): Promise<void>
  /** SIGKILL: no farewell, no last save. */
  kill(): Promise<void>
  /** Keeps its connections and answers nothing, until `resume`. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** Acknowledged is on the disk: what the restart tests rely on. */
const DURABLE = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always']

export async function createRedisProcess(settings: readonly string[] = []): Promise<RedisProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'farthing-redis-'))
  const port = await freePort()
  let server: ChildProcess | null = null
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = server
    server = null
    if (ending === null || ending.exitCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill(signal)
    await exited
  }
  const killWithUs = (): void => void server?.kill('SIGKILL')
  process.once('exit', killWithUs)
  return {
    port,
    async start() {
      const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory]
      server = spawn('redis-server', [...place, ...DURABLE, '--loglevel', 'warning', ...settings])
      await answers(port, server)
    },
    kill: () => end('SIGKILL'),
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    async stop() {
      process.off('exit', killWithUs)
      await end('SIGKILL')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/**
 * A cluster node also listens on its port + 10,000. Both lie below the ports that systems give to outgoing connections
 * (from 32,768), so that none of those takes one while the server is down.
 */
const LOWEST_PORT = 10_000
const HIGHEST_PORT = 22_767
const TO_BUS_PORT = 10_000

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT + 1)
    if ((await isFree(port)) && (await isFree(port + TO_BUS_PORT))) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return false
  }
  probe.close()
  await once(probe, 'close')
  return true
}

async function answers(port: number, server: ChildProcess): Promise<void> {
  let output = ''
  server.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const probe = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: null })
  probe.on('error', () => undefined)
  const exited = once(server, 'exit').then(() => {
    throw new Error(`redis-server ended before it answered: ${output}`)
  })
  try {
    await Promise.race([probe.ping(), exited])
  } finally {
    exited.catch(() => undefined)
    probe.disconnect()
  }
}
