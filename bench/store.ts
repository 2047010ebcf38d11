// npm run bench:store: how many requests a store takes, held and settled, with 1, 2, 4 and 8 budgets to a request, and what each
// costs in CPU. `--seconds N` (else 4) of measuring each, `--clients N` (else 2) processes, `--at-once N` (else 64) in each.

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { Redis } from 'ioredis'
import { formatTable } from '../src/cli/table.ts'
import { createRedisProcess } from '../test/support/redis-process.ts'
import type { ClientReport, ClientTask } from './store-client.ts'

const BUDGETS = [1, 2, 4, 8]
const ENDS = ['settled', 'released'] as const

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    clients: { type: 'string', default: '2' },
    'at-once': { type: 'string', default: '64' },
  },
})
const seconds = Number(values.seconds)
const clients = Number(values.clients)
const atOnce = Number(values['at-once'])

interface Measured {
  readonly pairs: number
  readonly wallMs: number
  /** Microseconds of all clients together. */
  readonly clientCpu: number
}

interface Use {
  /** Microseconds. */
  readonly cpu: number
  /** In memory. */
  readonly bytes: number
}

const NOTHING: Use = { cpu: 0, bytes: 0 }

const COLUMNS = [
  'STORE',
  'END',
  'BUDGETS',
  'REQUESTS/S',
  'STORE CPU, MS/1,000',
  'STORE BUSY',
  'ONE CORE TAKES, /S',
  'CLIENT CPU, MS/1,000',
  'KEPT, BYTES EACH',
].map((title, index) => ({ title, ...(index < 2 ? {} : { align: 'right' as const }) }))

console.log(
  `${clients} processes, ${atOnce} requests at once in each, ${seconds} s each; ${availableParallelism()} cores`,
)
const rows: string[][] = []
for (const end of ENDS) for (const budgets of BUDGETS) rows.push(await measureRedis(budgets, end))
for (const end of ENDS) for (const budgets of BUDGETS) rows.push(await measureEmbedded(budgets, end))
console.log(formatTable(COLUMNS, rows))

type End = (typeof ENDS)[number]

/** A Redis of its own each time, so that none has to carry the records of the ones before. */
async function measureRedis(budgets: number, end: End): Promise<string[]> {
  // As one that is to keep what it acknowledged, save for a second.
  const server = await createRedisProcess(['--appendfsync', 'everysec'])
  await server.start()
  const info = new Redis({ port: server.port, host: '127.0.0.1' })
  try {
    const url = `redis://127.0.0.1:${server.port}`
    let before = NOTHING
    let after = NOTHING
    const found = await drive(
      { store: 'redis', place: url, budgets, end },
      {
        begins: async () => void (before = await readUse(info)),
        ended: async () => void (after = await readUse(info)),
      },
    )
    const storeCpu = after.cpu - before.cpu
    const perPair = storeCpu / found.pairs
    return [
      'Redis',
      end,
      String(budgets),
      whole(rateOf(found)),
      perPair.toFixed(1),
      `${Math.round((storeCpu / 1_000 / found.wallMs) * 100)} %`,
      whole(1e6 / perPair),
      (found.clientCpu / found.pairs).toFixed(1),
      end === 'settled' ? whole((after.bytes - before.bytes) / found.pairs) : '',
    ]
  } finally {
    info.disconnect()
    await server.stop()
  }
}

/** The store is in the clients: their CPU is its. */
async function measureEmbedded(budgets: number, end: End): Promise<string[]> {
  const place = await mkdtemp(join(tmpdir(), 'farthing-bench-'))
  try {
    const found = await drive({ store: 'embedded', place, budgets, end }, {})
    const perPair = found.clientCpu / found.pairs
    return [
      'embedded',
      end,
      String(budgets),
      whole(rateOf(found)),
      '',
      '',
      whole(1e6 / perPair),
      perPair.toFixed(1),
    ]
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

interface Phases {
  readonly begins?: () => Promise<void>
  readonly ended?: () => Promise<void>
}

/** All clients warm up, then begin together. */
async function drive(
  task: Omit<ClientTask, 'seconds' | 'atOnce'>,
  { begins, ended }: Phases,
): Promise<Measured> {
  const children = Array.from({ length: clients }, () => fork(join(import.meta.dirname, 'store-client.ts')))
  try {
    const ready = Promise.all(children.map((child) => hear(child)))
    for (const child of children) child.send({ ...task, seconds, atOnce })
    await ready
    await begins?.()
    const startedAtMs = performance.now()
    const reports = Promise.all(children.map((child) => hear(child)))
    for (const child of children) child.send('begin')
    const found = (await reports).map(readReport)
    const wallMs = performance.now() - startedAtMs
    await ended?.()
    return {
      pairs: found.reduce((sum, { pairs }) => sum + pairs, 0),
      clientCpu: found.reduce((sum, { cpu }) => sum + cpu, 0),
      wallMs,
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

async function hear(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a client ended before it was done')
  })
  ended.catch(() => undefined)
  const [message]: unknown[] = await Promise.race([once(child, 'message'), ended])
  return message
}

function readReport(message: unknown): ClientReport {
  if (typeof message !== 'object' || message === null || !('pairs' in message) || !('cpu' in message))
    throw new TypeError('not a report of a client')
  return { pairs: Number(message.pairs), cpu: Number(message.cpu) }
}

async function readUse(redis: Redis): Promise<Use> {
  const text = await redis.info('cpu', 'memory')
  const read = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(text)?.[1])
  return { cpu: 1e6 * (read('used_cpu_user') + read('used_cpu_sys')), bytes: read('used_memory') }
}

function rateOf({ pairs, wallMs }: Measured): number {
  return pairs / (wallMs / 1_000)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}
