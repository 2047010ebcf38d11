// npm run bench: the gateway with everything on (keys, routing over four providers, hold and settle in the embedded
// store, metering, metrics, log line) against a bare Fastify + undici proxy, interleaved in one run. Each target runs
// alone on the last core; the load and the simulated provider share the others.
//   --rounds 3 --seconds 5 --rate 200 --bytes 1024

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    bytes: { type: 'string', default: '1024' },
  },
})

interface LoadResult {
  readonly requests: number
  readonly errors: number
  readonly perSecond: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

interface Sample extends LoadResult {
  /** CPU seconds of the target per 1,000 requests. */
  readonly cpuPerThousand: number
}

interface Target {
  readonly name: string
  start(upstreamUrl: string): Promise<RunningTarget>
}

interface RunningTarget {
  readonly url: string
  readonly key: string
  readonly pid: number | null
  stop(): Promise<void>
}

const cores = availableParallelism()
const TARGET_CORE = String(cores - 1)
const LOAD_CORES = cores > 1 ? `0-${cores - 2}` : '0'
const ADMIN_KEY = 'bench-admin-key-not-a-secret'

const TARGETS: readonly Target[] = [
  {
    name: 'direct',
    start: (upstreamUrl) =>
      Promise.resolve({ url: upstreamUrl, key: '', pid: null, stop: () => Promise.resolve() }),
  },
  { name: 'bare proxy', start: startBareProxy },
  { name: 'farthing', start: startGateway },
]

async function startBareProxy(upstreamUrl: string): Promise<RunningTarget> {
  const { child, line } = await spawnPinned(TARGET_CORE, ['bench/bare-proxy.ts', upstreamUrl], {})
  return { url: line, key: '', pid: child.pid ?? null, stop: () => stopped(child) }
}

async function startGateway(upstreamUrl: string): Promise<RunningTarget> {
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
  const { child, line } = await spawnPinned(
    TARGET_CORE,
    ['src/main.ts'],
    environment,
    (text) => /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0],
  )
  const created = await fetch(`${line}/admin/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench' }),
  })
  const { key }: { key: string } = JSON.parse(await created.text())
  return {
    url: line,
    key,
    pid: child.pid ?? null,
    async stop() {
      await stopped(child)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Starts a script on given cores; resolves with the first line of its output that `find` accepts. */
function spawnPinned(
  coreList: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  find: (text: string) => string | undefined = (text) => text.split('\n')[0],
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

async function load(target: RunningTarget, args: readonly string[]): Promise<LoadResult> {
  const { line } = await spawnPinned(
    LOAD_CORES,
    ['bench/load.ts', '--url', target.url, '--key', target.key, '--bytes', options.bytes, ...args],
    {},
  )
  return JSON.parse(line)
}

/** CPU seconds that a process and all its threads have used: what the kernel's scheduler counted, in nanoseconds. */
function cpuSeconds(pid: number): number {
  let nanoseconds = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1e9
}

async function measure(target: RunningTarget, args: readonly string[]): Promise<Sample> {
  const before = target.pid === null ? 0 : cpuSeconds(target.pid)
  const result = await load(target, args)
  const used = target.pid === null ? 0 : cpuSeconds(target.pid) - before
  if (result.errors > 0)
    throw new Error(`${result.errors} of ${result.requests + result.errors} requests failed`)
  return { ...result, cpuPerThousand: (used / result.requests) * 1000 }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN

async function main(): Promise<void> {
  const rounds = Number(options.rounds)
  const upstream = await spawnPinned(LOAD_CORES, ['bench/mock-upstream.ts'], {})
  const loads = [
    { name: `${options.rate} requests/s`, args: ['--rate', options.rate, '--seconds', options.seconds] },
    { name: 'saturated, 32 connections', args: ['--connections', '32', '--seconds', options.seconds] },
  ]
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < rounds; round++) {
    for (const target of round % 2 === 0 ? TARGETS : TARGETS.toReversed()) {
      const running = await target.start(upstream.line)
      await load(running, ['--connections', '16', '--seconds', '2'])
      for (const { name, args } of loads) {
        const key = `${name}|${target.name}`
        samples.set(key, [...(samples.get(key) ?? []), await measure(running, args)])
      }
      await running.stop()
    }
    process.stderr.write(`round ${round + 1} of ${rounds} done\n`)
  }
  await stopped(upstream.child)
  for (const { name } of loads) report(name, samples)
}

function report(name: string, samples: ReadonlyMap<string, readonly Sample[]>): void {
  const of = (target: string): readonly Sample[] => samples.get(`${name}|${target}`) ?? []
  console.log(`\n${name}, ${options.bytes} byte prompts, medians of ${options.rounds} interleaved rounds`)
  console.log('target        CPU s/1,000   x bare   requests/s   p50 ms (added)    p99 ms (added)')
  for (const { name: target } of TARGETS) {
    const rows = of(target)
    const ratio = median(
      rows.map((row, index) => row.cpuPerThousand / (of('bare proxy')[index]?.cpuPerThousand ?? Number.NaN)),
    )
    const added = (quantile: 'p50' | 'p99'): number =>
      median(rows.map((row, index) => row[quantile] - (of('direct')[index]?.[quantile] ?? Number.NaN)))
    const cell = (quantile: 'p50' | 'p99'): string =>
      `${median(rows.map((row) => row[quantile])).toFixed(2)} (+${added(quantile).toFixed(2)})`
    console.log(
      [
        target.padEnd(14),
        target === 'direct'
          ? ''.padEnd(22)
          : `${median(rows.map((row) => row.cpuPerThousand))
              .toFixed(3)
              .padStart(11)}   ${ratio.toFixed(2).padStart(6)}  `,
        median(rows.map((row) => row.perSecond))
          .toFixed(0)
          .padStart(11),
        cell('p50').padStart(17),
        cell('p99').padStart(18),
      ].join(''),
    )
  }
}

await main()
