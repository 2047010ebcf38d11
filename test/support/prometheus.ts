// A real Prometheus for one test file, with the rules and the scrape configuration that operators get, only faster.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { z } from 'zod'

export interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface Prometheus {
  readonly url: string
  /** Throws what Prometheus says against it. */
  query(expr: string): Promise<readonly Sample[]>
  stop(): Promise<void>
}

const FOLDER = 'docker/prometheus'

/** Throws where there is none, and says how to get one. */
function requirePrometheus(): void {
  const reason = inject('noPrometheus')
  if (reason !== null) throw new Error(reason)
}

export function promtool(args: readonly string[], input = ''): { status: number | null; output: string } {
  requirePrometheus()
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', input })
  return { status, output: stdout + stderr }
}

/** `target` is `host:port` of a gateway on this machine. */
export async function startPrometheus(target: string): Promise<Prometheus> {
  requirePrometheus()
  const directory = mkdtempSync(join(tmpdir(), 'farthing-prometheus-'))
  cpSync(FOLDER, directory, { recursive: true })
  writeFileSync(join(directory, 'prometheus.yml'), configFor(target))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = spawn(
    'prometheus',
    [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const killWithUs = (): void => void server.kill('SIGKILL')
  process.once('exit', killWithUs)
  await answers(url, server)
  return {
    url,
    query: (expr) => query(url, expr),
    async stop() {
      process.off('exit', killWithUs)
      if (server.exitCode === null && server.signalCode === null) {
        const exited = once(server, 'exit')
        server.kill('SIGKILL')
        await exited
      }
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const INTERVALS = [
  ['scrape_interval: 10s', 'scrape_interval: 500ms'],
  ['evaluation_interval: 30s', 'evaluation_interval: 500ms'],
] as const

function configFor(target: string): string {
  let text = readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8')
  const replace = (from: string | RegExp, to: string): void => {
    const changed = text.replace(from, to)
    if (changed === text) throw new Error(`${FOLDER}/prometheus.yml has no ${String(from)}`)
    text = changed
  }
  for (const [from, to] of INTERVALS) replace(from, to)
  // On the loopback address nobody is asked for a token.
  replace(/ {4}authorization:\n(?: {6}.*\n)+/, '')
  replace('gateway:8080', target)
  return text
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

const START_MS = 30_000

async function answers(url: string, server: ChildProcess): Promise<void> {
  let output = ''
  server.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const endMs = Date.now() + START_MS
  while (Date.now() < endMs && server.exitCode === null) {
    const response = await fetch(`${url}/-/ready`).catch(() => null)
    if (response?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  server.kill('SIGKILL')
  throw new Error(`prometheus did not get ready: ${output}`)
}

const answerSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.object({
      result: z.array(
        z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
      ),
    }),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
])

async function query(url: string, expr: string): Promise<readonly Sample[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expr }),
  })
  const answer = answerSchema.parse(await response.json())
  if (answer.status === 'error') throw new Error(`${answer.error}: ${expr}`)
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
}
