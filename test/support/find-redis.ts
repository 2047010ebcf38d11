// Where the tests of this run get a Redis from, decided once before the first of them, and never in silence.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { getContainerRuntimeClient } from 'testcontainers'

export type RedisSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'docker' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'none'; readonly reason: string }

declare module 'vitest' {
  export interface ProvidedContext {
    redisSource: RedisSource
    /** Why no cluster can be started here; null where `redis-server` and `redis-cli` are on the PATH. */
    noCluster: string | null
  }
}

const HOW_TO_GET_REDIS =
  'The tests run against a real Redis. Do one of these: set REDIS_URL (redis://host:port), start Docker, ' +
  'or install redis-server (Debian: apt-get install redis-server redis-tools; macOS: brew install redis).'

const HOW_TO_GET_CLUSTER =
  'The cluster tests start three servers of their own. Install redis-server and redis-cli ' +
  '(Debian: apt-get install redis-server redis-tools; macOS: brew install redis).'

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Root on Debian: what is missing may be installed. */
  readonly mayInstall: boolean
  readonly isEngineThere: () => Promise<boolean>
}

export function thisMachine(): Machine {
  return {
    env: process.env,
    mayInstall: process.getuid?.() === 0 && existsSync('/etc/debian_version'),
    isEngineThere,
  }
}

/** In this order: REDIS_URL, a container engine that answers, redis-server on the PATH, apt-get on Debian as root. */
export async function findRedis(machine: Machine): Promise<{
  readonly source: RedisSource
  readonly noCluster: string | null
}> {
  const binaries = await ensureBinaries(machine)
  const noCluster = binaries === 'there' ? null : `${HOW_TO_GET_CLUSTER} ${binaries.problem}`
  const url = machine.env['REDIS_URL']
  if (url !== undefined && url !== '') return { source: { kind: 'url', url }, noCluster }
  if (await machine.isEngineThere()) return { source: { kind: 'docker' }, noCluster }
  if (binaries === 'there') return { source: { kind: 'binary' }, noCluster }
  return { source: { kind: 'none', reason: `${HOW_TO_GET_REDIS} ${binaries.problem}` }, noCluster }
}

/** An engine that has not said what it is by then does not run containers either. */
const ENGINE_TIMEOUT_MS = 5_000

/** Asks the engine itself: a `docker` command on the PATH says nothing about one. */
async function isEngineThere(): Promise<boolean> {
  const answer = getContainerRuntimeClient().then(
    () => true,
    () => false,
  )
  return Promise.race([answer, delay(ENGINE_TIMEOUT_MS, false, { ref: false })])
}

type Binaries = 'there' | { readonly problem: string }

async function ensureBinaries({ env, mayInstall }: Machine): Promise<Binaries> {
  const path = env['PATH'] ?? ''
  if (await areOn(path)) return 'there'
  if (!mayInstall) return { problem: 'They could not be installed by themselves: that takes root on Debian.' }
  process.stderr.write('redis-server is missing: installing it with apt-get\n')
  try {
    const options = {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    }
    await promisify(execFile)('apt-get', ['update'], options)
    const packages = ['redis-server', 'redis-tools']
    await promisify(execFile)('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options)
  } catch (error) {
    return { problem: `apt-get failed: ${error instanceof Error ? error.message : String(error)}` }
  }
  if (await areOn(path)) return 'there'
  return { problem: 'apt-get ran, and still there is no redis-server on the PATH.' }
}

async function areOn(path: string): Promise<boolean> {
  return (await isOn(path, 'redis-server')) && (await isOn(path, 'redis-cli'))
}

async function isOn(path: string, command: string): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    try {
      await access(join(folder, command), constants.X_OK)
      return true
    } catch {
      // The next folder may have it.
    }
  }
  return false
}
