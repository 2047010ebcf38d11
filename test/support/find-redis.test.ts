// Where the tests get a Redis and a Prometheus from, on machines that have more or less of it. apt-get is a script that puts the commands
// beside itself.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findPrometheus } from './find-prometheus.ts'
import { findRedis, type RedisMachine } from './find-redis.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farthing-path-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function command(name: string, script = 'exit 0'): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, name), 0o755)
}

interface Has {
  readonly env?: Record<string, string>
  readonly mayInstall?: boolean
  readonly engine?: boolean
}

const machine = ({ env = {}, mayInstall = false, engine = false }: Has = {}): RedisMachine => ({
  env: { PATH: `${folder}:/nowhere`, ...env },
  mayInstall,
  isEngineThere: async () => engine,
})

it('with nothing at all says what to do, and why nothing was done', async () => {
  const { source, noCluster } = await findRedis(machine())
  expect(source.kind).toBe('none')
  const reason = source.kind === 'none' ? source.reason : ''
  for (const way of [
    'REDIS_URL',
    'start Docker',
    'apt-get install redis-server',
    'brew install redis',
    'root',
  ])
    expect(reason).toContain(way)
  expect(noCluster).toContain('Install redis-server and redis-cli')
})

it('takes redis-server from the PATH', async () => {
  await command('redis-server')
  expect((await findRedis(machine())).source.kind).toBe('none')
  await command('redis-cli')
  expect(await findRedis(machine())).toEqual({ source: { kind: 'binary' }, noCluster: null })
})

it('installs what is missing where it may, and says so when that does not help', async () => {
  const install = [
    '[ "$1" = update ] && exit 0',
    'for name in redis-server redis-cli; do',
    '  echo "#!/bin/sh" > "$(dirname "$0")/$name" && chmod +x "$(dirname "$0")/$name"',
    'done',
  ]
  await command('apt-get', ['PATH=/usr/bin:/bin', ...install].join('\n'))
  expect(await findRedis(machine({ mayInstall: true }))).toEqual({
    source: { kind: 'binary' },
    noCluster: null,
  })
})

it.each([
  ['exit 0', 'apt-get ran, and still there is no redis-server'],
  ['echo "no network" >&2; exit 100', 'apt-get failed: '],
])('tells how an installation went wrong: %s', async (script, problem) => {
  await command('apt-get', script)
  expect((await findRedis(machine({ mayInstall: true }))).source).toMatchObject({
    kind: 'none',
    reason: expect.stringContaining(problem),
  })
})

it('finds Prometheus with its promtool, or says how to get them', async () => {
  await command('prometheus')
  expect(await findPrometheus(machine())).toMatch(/apt-get install prometheus.* root/)
  await command('promtool')
  expect(await findPrometheus(machine())).toBeNull()
})

it('prefers REDIS_URL to everything', async () => {
  await command('redis-server')
  await command('redis-cli')
  const url = 'redis://127.0.0.1:6379'
  expect((await findRedis(machine({ env: { REDIS_URL: url }, engine: true }))).source).toEqual({
    kind: 'url',
    url,
  })
  expect((await findRedis(machine({ env: { REDIS_URL: '' } }))).source).toEqual({ kind: 'binary' })
})

it('prefers an engine to redis-server', async () => {
  await command('redis-server')
  await command('redis-cli')
  expect(await findRedis(machine({ engine: true }))).toEqual({ source: { kind: 'docker' }, noCluster: null })
})

it('asks the engine itself: a docker command alone is none', async () => {
  await command('docker')
  const script = `
    const { thisMachine } = await import(${JSON.stringify(resolve('test/support/find-redis.ts'))})
    console.log(await thisMachine().isEngineThere())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: folder, HOME: folder, XDG_RUNTIME_DIR: folder, DOCKER_HOST: 'tcp://127.0.0.1:9' },
  })
  const hasEngine = existsSync('/var/run/docker.sock')
  expect(stdout.trim()).toBe(String(hasEngine))
})
