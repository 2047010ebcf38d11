// GET /v1/models tells each key what it may ask for: what is listed is served, what is not is refused.

import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ off: ['MOONSHOT'] })
})
afterAll(() => gateway.close())

async function list(key: string): Promise<readonly string[]> {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
  return (await client.models.list()).data.map(({ id }) => id)
}

async function ask(key: string, model: string): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.arrayBuffer()
  return response.status
}

describe('a key', () => {
  it.each<[string, Record<string, unknown>, readonly string[], readonly string[]]>([
    [
      'without limits',
      {},
      ['economy', 'frontier', 'auto', 'gpt-4o', 'openai/gpt-6-luna', 'anthropic/claude-opus-5-5'],
      ['moonshot/kimi-k2.6'],
    ],
    ['up to a tier', { max_tier: 'standard' }, ['economy', 'standard', 'auto'], ['premium', 'gpt-6-astra']],
    [
      'from a tier on',
      { min_tier: 'premium' },
      ['economy', 'auto', 'gpt-4o', 'anthropic/claude-opus-5-5'],
      ['alibaba/qwen3.7-flash'],
    ],
    ['below what auto asks for', { max_tier: 'economy' }, ['economy', 'auto'], ['standard']],
    [
      'for one provider',
      { models: { allow: ['deepseek/*'] } },
      ['deepseek/deepseek-flash', 'standard', 'gpt-4o'],
      ['openai/gpt-6-luna'],
    ],
    ['for one name', { models: { allow: ['gpt-4o'] } }, ['gpt-4o'], ['auto', 'economy', 'openai/gpt-6-luna']],
    ['for no tier', { models: { deny: ['economy', 'auto'] } }, ['standard'], ['economy', 'auto']],
    [
      'for one jurisdiction',
      { jurisdictions: ['cn'] },
      ['deepseek/deepseek-flash'],
      ['openai/gpt-6-luna', 'anthropic/claude-opus-5-5'],
    ],
    [
      'for a jurisdiction whose models another rule denies',
      { jurisdictions: ['CN'], models: { deny: ['deepseek/*'] } },
      [],
      ['economy', 'auto', 'gpt-4o'],
    ],
  ])('%s', { timeout: 60_000 }, async (_, fields, listed, unlisted) => {
    const key = await gateway.createKey(fields)
    const names = await list(key)
    expect(names).toEqual(expect.arrayContaining([...listed]))
    expect(names.filter((name) => unlisted.includes(name))).toEqual([])
    const everything = await list(gateway.key)
    const wrong: string[] = []
    for (const name of everything) {
      const status = await ask(key, name)
      if ((status === 200) !== names.includes(name)) wrong.push(`${name}: ${status}`)
      else if (status !== 200 && status !== 403 && status !== 400) wrong.push(`${name}: ${status}`)
    }
    expect(wrong).toEqual([])
  })

  it('gets one by its name, encoded or not, and 404 for others', async () => {
    const { models } = gateway.client
    const model = {
      id: 'openai/gpt-6-luna',
      object: 'model',
      owned_by: 'openai',
      created: expect.any(Number),
    }
    expect(await models.retrieve('openai/gpt-6-luna')).toEqual(model)
    const authorization = `Bearer ${gateway.key}`
    const plain = await fetch(`${gateway.url}/v1/models/openai/gpt-6-luna`, { headers: { authorization } })
    expect(await plain.json()).toEqual(model)
    for (const name of ['gpt-99', 'moonshot/kimi-k2.6', 'openai/', '__proto__'])
      await expect(models.retrieve(name)).rejects.toMatchObject({ status: 404, code: 'model_not_found' })
  })
})
