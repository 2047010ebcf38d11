// Keys that stand in the configuration: let in without the store, counted in it, changed in the file alone, and gone with a reload.

import { randomBytes } from 'node:crypto'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createApiKey, hashApiKey } from '../../src/access/api-key.ts'
import { declaredKeyId } from '../../src/access/declared-keys.ts'
import { farthing } from '../support/farthing.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const PATIENT = { timeout: 30_000 }
const NAME = 'search, production'
const ID = declaredKeyId(NAME)

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

const running: TestGateway[] = []
afterEach(async () => {
  await redis.resume()
  for (const gateway of running.splice(0)) await gateway.close()
})

interface Declared extends Record<string, unknown> {
  readonly apiKey: string
}

/** As it stands in the file. */
function section({ apiKey, ...fields }: Declared): object {
  return { name: NAME, key_sha256: hashApiKey(apiKey), ...fields }
}

async function start(keys: readonly object[], env: Record<string, string> = {}): Promise<TestGateway> {
  const gateway = await startGateway({ config: { keys }, env, firstKey: false })
  running.push(gateway)
  return gateway
}

async function outcome(gateway: TestGateway, apiKey: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
  try {
    await client.chat.completions.create({
      model: 'openai/gpt-4o-mini',
      messages: [{ role: 'user', content: 'Say hello.' }],
      max_completion_tokens: 100,
    })
    return 'answered'
  } catch (error) {
    return error instanceof OpenAI.APIError ? String(error.code) : 'failed'
  }
}

async function declare(gateway: TestGateway, keys: readonly object[]): Promise<void> {
  await gateway.configure({ keys })
  const answer = await gateway.admin('/reload', { method: 'POST' })
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"keys"')])
}

interface Body {
  readonly error: { readonly message: string }
  readonly data: readonly unknown[]
  readonly rows: readonly unknown[]
  readonly checks: readonly unknown[]
  readonly agrees: boolean
  readonly budgets: readonly { readonly spent_usd: number; readonly held_usd: number }[]
  readonly team: string | null
  readonly status: string
}

async function read(answer: Promise<Response>): Promise<{ readonly status: number; readonly body: Body }> {
  const response = await answer
  return { status: response.status, body: JSON.parse(await response.text()) }
}

async function budgetOf(gateway: TestGateway): Promise<Body['budgets'][number]> {
  const { body } = await read(gateway.admin(`/budgets/key/${ID}`))
  return body.budgets[0] ?? { spent_usd: Number.NaN, held_usd: Number.NaN }
}

describe.each(['embedded', 'redis'] as const)('on the %s store', (kind) => {
  const store = (): Record<string, string> => (kind === 'redis' ? { REDIS_URL: redis.url } : {})

  it('a declared key serves, is counted and limited, and says where it stands', async () => {
    const apiKey = createApiKey(randomBytes)
    const budgets = [{ limit_usd: 0.0002, period: 'day' }]
    const gateway = await start([section({ apiKey, team: 'search', budgets })], store())
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => outcome(gateway, apiKey)))
    expect(new Set(outcomes)).toEqual(new Set(['answered', 'insufficient_quota']))
    await expect.poll(async () => (await budgetOf(gateway)).held_usd, PATIENT).toBe(0)
    const { spent_usd: spent } = await budgetOf(gateway)
    expect(spent).toBeGreaterThan(0)
    expect(spent).toBeLessThanOrEqual(0.0002)
    const { body: spend } = await read(gateway.admin('/spend?group_by=key,team'))
    expect(spend.rows).toContainEqual(expect.objectContaining({ key: ID, team: 'search', cost_usd: spent }))
    const { body: list } = await read(gateway.admin('/keys'))
    expect(list.data).toEqual([
      expect.objectContaining({
        id: ID,
        name: NAME,
        declared: `${gateway.configFile}:1`,
        status: 'active',
        created_at: null,
        hint: null,
      }),
    ])
    const { body: books } = await read(gateway.admin('/reconcile'))
    expect(books.agrees).toBe(true)
    expect(JSON.stringify(books.checks)).toContain(`key ${ID}, day`)
  })

  it('neither the admin API nor the command line changes it; both say where it stands', async () => {
    const apiKey = createApiKey(randomBytes)
    const gateway = await start([section({ apiKey })], store())
    const where = `${gateway.configFile}:1`
    const calls = [
      gateway.admin(`/keys/${ID}`, { method: 'PATCH', body: { team: 'other' } }),
      gateway.admin(`/keys/${ID}`, { method: 'DELETE' }),
      gateway.admin(`/keys/${ID}/rotate`, { method: 'POST' }),
      gateway.admin(`/budgets/key/${ID}`, { method: 'PUT', body: { limit_usd: 1, period: 'day' } }),
    ]
    for (const call of calls) {
      const { status, body } = await read(call)
      expect(status).toBe(400)
      expect(body.error.message).toContain(`${ID} ("${NAME}") is declared in the configuration, at ${where}`)
    }
    expect((await read(gateway.admin(`/keys/${ID}`))).body.team).toBeNull()
    const list = await farthing(['keys', 'list'], gateway.env)
    expect(list.stdout).toMatch(new RegExp(`${ID} +${NAME}.* active .* declared`))
    const revoke = await farthing(['keys', 'revoke', ID], gateway.env)
    expect([revoke.exitCode, revoke.stderr]).toEqual([1, expect.stringContaining(`at ${where}`)])
    expect(await outcome(gateway, apiKey)).toBe('answered')
    const { body: audit } = await read(gateway.admin('/audit'))
    expect(audit.data).toEqual([])
  })

  it('taken out of the file it opens nothing from the reload on; put back it goes on counting', async () => {
    const apiKey = createApiKey(randomBytes)
    const one = section({ apiKey, budgets: [{ limit_usd: 1, period: 'day' }] })
    const gateway = await start([one], store())
    const spent = async (): Promise<number> => (await budgetOf(gateway)).spent_usd
    expect(await outcome(gateway, apiKey)).toBe('answered')
    await expect.poll(spent, PATIENT).toBeGreaterThan(0)
    const before = await spent()
    await declare(gateway, [])
    expect(await outcome(gateway, apiKey)).toBe('invalid_api_key')
    expect((await gateway.admin(`/keys/${ID}`)).status).toBe(404)
    await declare(gateway, [one])
    expect(await spent()).toBe(before)
    expect(await outcome(gateway, apiKey)).toBe('answered')
  })

  it('is rotated by two hashes, of which the older one ends', async () => {
    const [older, newer] = [createApiKey(randomBytes), createApiKey(randomBytes)]
    const gateway = await start([section({ apiKey: older })], store())
    const rotated = (until: string): object =>
      section({ apiKey: newer, previous_key_sha256: hashApiKey(older), previous_key_until: until })
    await declare(gateway, [rotated('2100-01-01')])
    expect(await Promise.all([older, newer].map((key) => outcome(gateway, key)))).toEqual([
      'answered',
      'answered',
    ])
    await declare(gateway, [rotated('2026-01-01')])
    expect(await Promise.all([older, newer].map((key) => outcome(gateway, key)))).toEqual([
      'invalid_api_key',
      'answered',
    ])
    await declare(gateway, [section({ apiKey: newer, expires_at: '2026-01-01' })])
    expect(await outcome(gateway, newer)).toBe('invalid_api_key')
    expect((await read(gateway.admin(`/keys/${ID}`))).body.status).toBe('expired')
  })

  it('a file in which one is wrong changes nothing, and the answer says what', async () => {
    const apiKey = createApiKey(randomBytes)
    const gateway = await start([section({ apiKey })], store())
    await gateway.configure({ keys: [section({ apiKey, team: 'two words' })] })
    const { status, body } = await read(gateway.admin('/reload', { method: 'POST' }))
    expect([status, body.error.message]).toEqual([
      400,
      expect.stringContaining('keys[0].team (line 1): is "two words"; wanted: 1 to 64 letters'),
    ])
    expect(await outcome(gateway, apiKey)).toBe('answered')
  })
})

it('gateways on one store go each by its own file, and count together', async () => {
  const apiKey = createApiKey(randomBytes)
  const one = section({ apiKey, limits: { rpm: 6 } })
  const env = { REDIS_URL: redis.url }
  const [first, second] = [await start([one], env), await start([], env)]
  expect(await outcome(first, apiKey)).toBe('answered')
  expect(await outcome(second, apiKey)).toBe('invalid_api_key')
  await declare(second, [one])
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, index) => outcome(index % 2 === 0 ? first : second, apiKey)),
  )
  expect(outcomes.filter((what) => what === 'answered')).toHaveLength(5)
  expect(outcomes.filter((what) => what === 'rate_limit_exceeded')).toHaveLength(5)
  await declare(first, [])
  expect(await outcome(first, apiKey)).toBe('invalid_api_key')
})

it('while the store is away a declared key is known, and one that was taken out is not let in', async () => {
  const [kept, gone] = [createApiKey(randomBytes), createApiKey(randomBytes)]
  const stays = { name: 'stays', key_sha256: hashApiKey(kept) }
  const gateway = await start([stays, section({ apiKey: gone })], { REDIS_URL: redis.url })
  expect(await outcome(gateway, gone)).toBe('answered')
  redis.stall()
  // Never seen before, and nobody to ask.
  expect(await outcome(gateway, kept)).toBe('answered')
  await gateway.configure({ keys: [stays] })
  await gateway.app.reload()
  expect(await outcome(gateway, gone)).toBe('store_unavailable')
  expect(await outcome(gateway, kept)).toBe('answered')
})

it('the key itself may come from the environment', async () => {
  const apiKey = createApiKey(randomBytes)
  const gateway = await start([{ name: NAME, key_env: 'SEARCH_KEY' }], { SEARCH_KEY: apiKey })
  expect(await outcome(gateway, apiKey)).toBe('answered')
  expect(gateway.log()).not.toContain(apiKey)
})
