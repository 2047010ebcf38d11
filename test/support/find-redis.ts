// Where the tests of this run get a Redis from, decided once before the first of them, and never in silence.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
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

/** In this order: REDIS_URL, a container engine that answers, redis-server on the PATH, apt-get on Debian as root. */
export async function findRedis(environment: Readonly<Record<string, string | undefined>>): Promise<{
  readonly source: RedisSource
  readonly noCluster: string | null
}> {
  const isBinaryThere = await ensureBinaries()
  const noCluster = isBinaryThere === true ? null : `${HOW_TO_GET_CLUSTER} ${isBinaryThere}`
  const url = environment['REDIS_URL']
  if (url !== undefined && url !== '') return { source: { kind: 'url', url }, noCluster }
  if (await isDockerThere()) return { source: { kind: 'docker' }, noCluster }
  if (isBinaryThere === true) return { source: { kind: 'binary' }, noCluster }
  return { source: { kind: 'none', reason: `${HOW_TO_GET_REDIS} ${isBinaryThere}` }, noCluster }
}

async function isDockerThere(): Promise<boolean> {
  try {
    await getContainerRuntimeClient()
    return true
  } catch {
    return false
  }
}

/** True, or why there are none. */
async function ensureBinaries(): Promise<true | string> {
  if (await areOnPath()) return true
  const isRoot = process.getuid?.() === 0
  if (!isRoot || !existsSync('/etc/debian_version')) {
    return 'They could not be installed by themselves: that takes root on Debian.'
  }
  process.stderr.write('redis-server is missing: installing it with apt-get\n')
  try {
    const options = {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 1024 * 1024,
    }
    await promisify(execFile)('apt-get', ['update'], options)
    const packages = ['redis-server', 'redis-tools']
    await promisify(execFile)('apt-get', ['install', '-y', '--no-install-recommends', ...packages], options)
  } catch (error) {
    return `apt-get failed: ${error instanceof Error ? error.message : String(error)}`
  }
  return (await areOnPath()) ? true : 'apt-get ran, and still there is no redis-server on the PATH.'
}

async function areOnPath(): Promise<boolean> {
  return (await isOnPath('redis-server')) && (await isOnPath('redis-cli'))
}

async function isOnPath(command: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    try {
      await access(join(folder, command), constants.X_OK)
      return true
    } catch {
      // The next folder may have it.
    }
  }
  return false
}
