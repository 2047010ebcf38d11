// What is measured: the gateway with everything on, a bare proxy, and the provider itself. Each is a process of its own on
// the last core; the load and the simulated provider share the others.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Target {
  readonly name: string
  readonly url: string
  readonly key: string
  /** CPU seconds that the process and all its threads have used; 0 for the provider itself. */
  cpuSeconds(): number
  stop(): Promise<void>
}

const cores = availableParallelism()
const TARGET_CORES = String(cores - 1)
const LOAD_CORES = cores > 1 ? `0-${cores - 2}` : '0'
const ADMIN_KEY = 'bench-admin-key-not-a-secret'

/** Puts this process, which sends the load, on the cores where no target runs. */
export function stepAside(): void {
  execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORES, String(process.pid)], { stdio: 'ignore' })
}

export async function startProvider(): Promise<Target> {
  const { child, line } = await startPinned(LOAD_CORES, ['bench/mock-upstream.ts'])
  return { name: 'direct', url: line, key: '', cpuSeconds: () => 0, stop: () => stopped(child) }
}

export async function startBareProxy(upstreamUrl: string): Promise<Target> {
  const { child, line } = await startPinned(TARGET_CORES, ['bench/bare-proxy.ts', upstreamUrl])
  return {
    name: 'bare proxy',
    url: line,
    key: '',
    cpuSeconds: () => cpuSeconds(child),
    stop: () => stopped(child),
  }
}

export async function startGateway(upstreamUrl: string): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), 'farthing-bench-'))
  const environment: Record<string, string> = {
    PORT: '0',
    FARTHING_DATA_DIR: directory,
    FARTHING_ADMIN_KEY: ADMIN_KEY,
  }
  for (const name of ['DEEPSEEK', 'DASHSCOPE', 'MOONSHOT', 'OPENAI']) {
    environment[`${name}_API_KEY`] = 'bench'
    environment[`${name}_BASE_URL`] = `${upstreamUrl}/v1`
  }
  const { child, line } = await startPinned(TARGET_CORES, ['src/main.ts'], {
    environment,
    find: (text) => /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0],
  })
  const created = await fetch(`${line}/admin/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench' }),
  })
  const { key }: { key: string } = JSON.parse(await created.text())
  return {
    name: 'farthing',
    url: line,
    key,
    cpuSeconds: () => cpuSeconds(child),
    async stop() {
      await stopped(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** What to wait for in the output; the first line, unless told. */
  readonly find?: (text: string) => string | undefined
}

function startPinned(
  coreList: string,
  args: readonly string[],
  { environment = {}, find = (text) => text.split('\n')[0] }: StartOptions = {},
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn('taskset', ['-c', coreList, process.execPath, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let output = ''
    let isFound = false
    child.stdout.on('data', (chunk: Buffer) => {
      if (isFound) return
      output += chunk.toString()
      const line = output.includes('\n') ? find(output) : undefined
      if (line === undefined) return
      isFound = true
      resolve({ child, line })
    })
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}: ${output}`)))
  })
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** What the kernel's scheduler counted, in nanoseconds: the other clocks tick every 10 ms. */
function cpuSeconds({ pid }: ChildProcess): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1e9
}
