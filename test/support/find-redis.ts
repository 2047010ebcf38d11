// Where the tests of this run get a Redis from, decided once before the first of them, and never in silence.

import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { getContainerRuntimeClient } from 'testcontainers'
import { ensureCommands, type Machine } from './debian-commands.ts'

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

export interface RedisMachine extends Machine {
  readonly isEngineThere: () => Promise<boolean>
}

export function thisMachine(): RedisMachine {
  return {
    env: process.env,
    mayInstall: process.getuid?.() === 0 && existsSync('/etc/debian_version'),
    isEngineThere,
  }
}

/** In this order: REDIS_URL, a container engine that answers, redis-server on the PATH, apt-get on Debian as root. */
export async function findRedis(machine: RedisMachine): Promise<{
  readonly source: RedisSource
  readonly noCluster: string | null
}> {
  const binaries = await ensureCommands(machine, {
    commands: ['redis-server', 'redis-cli'],
    packages: ['redis-server', 'redis-tools'],
  })
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
