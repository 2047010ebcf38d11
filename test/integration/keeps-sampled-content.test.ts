// Prompts and answers over two stores: nowhere while no team is sampled; and of one that is, redacted, sealed, shown to the admin
// key alone, and gone when told.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContentMessage, SampledContent } from '../../src/core/sampled-content.ts'
import { farthing } from '../support/farthing.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

const MARK = 'heliotrope-walrus'
const SECRETS = [
  'zoe@example.com',
  '4111 1111 1111 1111',
  'fth_abcdefghijklmnop',
  '+49 30 1234567',
  'EMP-123456',
]
const PROMPT = `${MARK}: ${SECRETS.join(', ')}. <img src=x onerror=alert(1)>`
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const TEAMS = { search: { sample: 1, retention_days: 2, patterns: ['\\bEMP-\\d{6}\\b'] } }

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

interface World {
  readonly gateway: TestGateway
  readonly client: OpenAI
  /** Every byte of the store. */
  bytes(): Promise<string>
}

async function open(kind: 'embedded' | 'redis', teams: object): Promise<World> {
  const env = kind === 'redis' ? { REDIS_URL: redis.url } : {}
  const gateway = await startGateway({ env, config: { content: { teams } } })
  const apiKey = await gateway.createKey({ team: 'search' })
  return {
    gateway,
    client: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 }),
    bytes: () => (kind === 'redis' ? bytesOfRedis(redis.url) : bytesOfFiles(gateway.dataDir)),
  }
}

async function bytesOfFiles(directory: string): Promise<string> {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

async function bytesOfRedis(url: string): Promise<string> {
  const client = new Redis(url)
  try {
    const keys = await client.keys('*')
    const dumps = keys.map(async (key) => {
      switch (await client.type(key)) {
        case 'hash':
          return Object.entries(await client.hgetallBuffer(key)).flatMap(([name, value]) => [
            name,
            Buffer.from(value).toString('latin1'),
          ])
        case 'zset':
          return client.zrange(key, '0', '-1')
        case 'stream':
          return [JSON.stringify(await client.xrange(key, '-', '+'))]
        case 'list':
          return client.lrange(key, 0, -1)
        default:
          return [await client.get(key)]
      }
    })
    return [...keys, ...(await Promise.all(dumps)).flat()].join('\n')
  } finally {
    client.disconnect()
  }
}

/** Three requests: whole, streamed, and with a picture; by their ids. */
async function ask(client: OpenAI): Promise<readonly string[]> {
  const messages = [{ role: 'user' as const, content: PROMPT }]
  const model = 'openai/gpt-6-luna'
  const whole = await client.chat.completions.create({ model, messages }).withResponse()
  const { data: stream, response } = await client.chat.completions
    .create({ model, messages, stream: true })
    .withResponse()
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).not.toBe('')
  const pictured = await client.chat.completions
    .create({
      model,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: MARK },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
          ],
        },
      ],
    })
    .withResponse()
  return [whole.response, response, pictured.response].map(({ headers }) => headers.get('x-request-id') ?? '')
}

async function contentOf({ gateway }: World, id: string): Promise<SampledContent | null> {
  await gateway.settled(id)
  const response = await gateway.admin(`/requests/${id}`)
  const { content }: { content: SampledContent | null } = JSON.parse(await response.text())
  return content
}

const textOf = (messages: readonly ContentMessage[] | undefined): string =>
  (messages ?? [])
    .flatMap(({ parts }) => parts)
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')

describe.each(['embedded', 'redis'] as const)('with the %s store', (kind) => {
  describe('and no team sampled', () => {
    let world: World
    beforeAll(async () => {
      world = await open(kind, {})
    })
    afterAll(() => world.gateway.close())

    it('nothing of a prompt is anywhere', async () => {
      for (const id of await ask(world.client)) expect(await contentOf(world, id)).toBeNull()
      expect(await world.bytes()).not.toContain(MARK)
      expect(world.gateway.log()).not.toContain(MARK)
    })
  })

  describe('and a team sampled', () => {
    let world: World
    let ids: readonly string[]
    beforeAll(async () => {
      world = await open(kind, TEAMS)
      ids = await ask(world.client)
    })
    afterAll(() => world.gateway.close())

    it('prompt and answer are shown with the request, redacted, streamed or not', async () => {
      for (const id of ids.slice(0, 2)) {
        const content = await contentOf(world, id)
        expect(textOf(content?.messages)).toBe(
          `${MARK}: [email], [card], [key], [phone], [redacted]. <img src=x onerror=alert(1)>`,
        )
        expect(textOf(content?.answer).length).toBeGreaterThan(10)
        expect(content?.answer[0]?.role).toBe('assistant')
      }
    })

    it('of a picture its kind and size', async () => {
      const content = await contentOf(world, ids[2] ?? '')
      const bytes = Buffer.from(PNG, 'base64').length
      expect(content?.messages[0]?.parts).toEqual([
        { type: 'text', text: MARK, is_cut: false },
        { type: 'media', kind: 'image', media_type: 'image/png', bytes },
      ])
    })

    it('the store has it sealed, and the log has none of it', async () => {
      const bytes = await world.bytes()
      expect(bytes).toContain(ids[0])
      for (const text of [MARK, PNG, ...SECRETS]) {
        expect(bytes).not.toContain(text)
        expect(world.gateway.log()).not.toContain(text)
      }
    })

    it('metrics, lists and the audit log have none of it, and the audit log says that it was read', async () => {
      const metrics = await (await fetch(`${world.gateway.url}/metrics`)).text()
      const list = await (await world.gateway.admin('/requests')).text()
      const audit = await (await world.gateway.admin('/audit?action=content.read')).text()
      for (const text of [metrics, list, audit]) expect(text).not.toContain(MARK)
      expect(audit).toContain(ids[0])
    })

    it('another team is left alone', async () => {
      const apiKey = await world.gateway.createKey({ team: 'ads' })
      const client = new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey, maxRetries: 0 })
      for (const id of await ask(client)) expect(await contentOf(world, id)).toBeNull()
    })

    it('the command line shows it, with the admin key alone, and deletes it', async () => {
      const [id = '', other = '', last = ''] = ids
      const { env } = world.gateway
      const shown = await farthing(['requests', 'show', id], env)
      expect(shown.stdout).toContain(`user       ${MARK}: [email]`)
      expect(shown.stdout).toContain('  answer ')
      const forgotten = await farthing(['requests', 'forget', id, '--json'], env)
      expect(JSON.parse(forgotten.stdout)).toEqual({ deleted: 1 })
      expect(await contentOf(world, id)).toBeNull()
      expect(await contentOf(world, other)).not.toBeNull()
      const team = await world.gateway.admin('/teams/search/content', { method: 'DELETE' })
      expect(await team.json()).toEqual({ deleted: 2 })
      for (const each of [other, last]) expect(await contentOf(world, each)).toBeNull()
      const missing = await world.gateway.admin('/requests/req_missing/content', { method: 'DELETE' })
      expect(missing.status).toBe(404)
      const audit = await (await world.gateway.admin('/audit?action=content.delete')).text()
      expect(audit).toContain('team:search')
    }, 120_000)
  })
})

describe('what an operator gets wrong', () => {
  it('without an admin key nothing can be sampled', async () => {
    await expect(
      startGateway({
        env: { FARTHING_ADMIN_KEY: '' },
        firstKey: false,
        config: { content: { teams: TEAMS } },
      }),
    ).rejects.toThrow('content.teams')
  })

  it.each([
    [{ sample: 0 }, 'sample'],
    [{ sample: 1, redact: ['names'] }, 'redact'],
    [{ sample: 1, patterns: ['(a+)+'] }, 'patterns'],
    [{ sample: 1, retention_days: 1_000 }, 'retention_days'],
    [{}, 'sample'],
  ])('%j', async (search, path) => {
    await expect(startGateway({ config: { content: { teams: { search } } } })).rejects.toThrow(
      `content.teams.search.${path}`,
    )
  })

  it('sampling begins and ends with a reload', async () => {
    const gateway = await startGateway()
    try {
      const apiKey = await gateway.createKey({ team: 'search' })
      const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
      const reload = async (teams: object): Promise<unknown> => {
        await gateway.configure({ content: { teams } })
        return (await gateway.admin('/reload', { method: 'POST' })).json()
      }
      expect(await reload(TEAMS)).toMatchObject({ changed: ['content.teams'], needs_restart: [] })
      const [on = ''] = await ask(client)
      await reload({})
      const [off = ''] = await ask(client)
      expect(await gateway.settled(on)).toMatchObject({ content: { messages_omitted: 0 } })
      expect(await gateway.settled(off)).toMatchObject({ content: null })
    } finally {
      await gateway.close()
    }
  })
})
