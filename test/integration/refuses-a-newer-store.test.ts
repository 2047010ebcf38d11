// A store that a newer gateway wrote: the process does not start, says what to do, and touches nothing.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEmbeddedStore } from '../../src/ledger/embedded/embedded-store.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

let directory: string
let redis: RedisServer
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'farthing-newer-'))
  redis = await startRedis()
})
afterAll(async () => {
  await redis.stop()
  await rm(directory, { recursive: true, force: true })
})

async function start(env: Readonly<Record<string, string>>): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PORT: '0', OPENAI_API_KEY: 'none', FARTHING_DATA_DIR: directory, ...env },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code]: unknown[] = await once(child, 'exit')
  return { code, said }
}

const REFUSAL = {
  code: 78,
  said: expect.stringMatching(
    /^the store was written by a newer version \(schema 99, this one knows \d+\): upgrade this gateway, or give it a store of its own\n$/,
  ),
}

it('embedded', async () => {
  await createEmbeddedStore({ directory }).close()
  const database = new DatabaseSync(join(directory, 'farthing.sqlite'))
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(await start({})).toEqual(REFUSAL)
})

it('Redis', async () => {
  const client = new Redis(redis.url)
  await client.set('{farthing}:schema', 99)
  expect(await start({ REDIS_URL: redis.url })).toEqual(REFUSAL)
  expect(await client.keys('*farthing*')).toEqual(['{farthing}:schema'])
  await client.del('{farthing}:schema')
  client.disconnect()
})
