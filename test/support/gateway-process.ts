// A gateway as a user starts it: the command of `npm start`, in a process of its own, which can be ended in any way and
// started again.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

export interface GatewayOptions {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  /** Where what it says is kept. */
  readonly logFile: string
}

export interface GatewayProcess {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  /** Of its present process. */
  readonly url: string
  /** Whether it has been the same process all the time. */
  readonly hasLived: boolean
  start(): Promise<void>
  /** Resolves with its exit code, null where a signal ended it. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>
}

/** Characters of its log that are told when it does not start. */
const LAST_WORDS = 2_000

/** Without npm in between, which would not pass signals on. */
function startCommand(): readonly string[] {
  const { scripts }: { scripts: { start: string } } = JSON.parse(readFileSync('package.json', 'utf8'))
  const [node, ...args] = scripts.start.split(' ')
  if (node !== 'node') throw new Error(`npm start does not run node: ${scripts.start}`)
  return args
}

export function createGatewayProcess({ name, env, logFile }: GatewayOptions): GatewayProcess {
  let child: ChildProcess | null = null
  let starts = 0
  let url = ''
  const start = async (): Promise<void> => {
    starts++
    const started = spawn(process.execPath, startCommand(), { stdio: ['ignore', 'pipe', 'pipe'], env })
    child = started
    const log = createWriteStream(logFile, { flags: 'a' })
    started.stderr.pipe(log, { end: false })
    started.stdout.pipe(log, { end: false })
    for await (const line of createInterface({ input: started.stdout })) {
      const { url: found }: { url?: string } = line.startsWith('{') ? JSON.parse(line) : {}
      if (found === undefined) continue
      url = found
      started.stdout.resume()
      return
    }
    const said = readFileSync(logFile, 'utf8').slice(-LAST_WORDS)
    throw new Error(`gateway ${name} ended before it listened: ${logFile}\n${said}`)
  }
  process.once('exit', () => child?.kill('SIGKILL'))
  return {
    name,
    env,
    get url() {
      return url
    },
    get hasLived() {
      return starts === 1
    },
    start,
    async end(signal) {
      const ending = child
      child = null
      if (ending === null || ending.exitCode !== null) return ending?.exitCode ?? null
      const exited = once(ending, 'exit')
      ending.kill(signal)
      const [code]: unknown[] = await exited
      return typeof code === 'number' ? code : null
    },
  }
}
