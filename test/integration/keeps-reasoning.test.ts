// Reasoning of turns that called tools, over two gateways that share one Redis: kept, sealed, given back, or, where it is
// not there, done without.

import { Redis } from 'ioredis'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listOf, objectOf, textOf } from '../../src/simulator/json-value.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'
import { type RedisServer, startRedis } from '../support/redis.ts'

let redis: RedisServer
let one: TestGateway
let other: TestGateway
beforeAll(async () => {
  redis = await startRedis()
  const env = { REDIS_URL: redis.url }
  const config = { store: { command_timeout_ms: 300 } }
  one = await startGateway({ env, config })
  other = await startGateway({ env, config })
})
afterAll(async () => {
  await redis.resume()
  await one.close()
  await other.close()
  await redis.stop()
})

const toolsNamed = (name: string) => [
  {
    type: 'function' as const,
    function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
  },
]
const TOOLS = toolsNamed('get_weather')
const clientOf = ({ url }: TestGateway, apiKey: string) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

interface Turn {
  readonly messages: OpenAI.ChatCompletionMessageParam[]
  readonly reasoning: string
}

/** A turn that called a tool, as a client has it that knows no reasoning. */
async function callTool(
  client: OpenAI,
  model: string,
  { question = 'Use the tool.', tools = TOOLS } = {},
): Promise<Turn> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: question }]
  const { choices } = await client.chat.completions.create({
    model,
    messages,
    tools,
    parallel_tool_calls: false,
  })
  const message = choices[0]?.message
  const calls = message?.tool_calls ?? []
  return {
    messages: [
      ...messages,
      { role: 'assistant', content: null, tool_calls: calls },
      ...calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: '12' })),
    ],
    reasoning: textOf(objectOf(message)['reasoning_content']),
  }
}

const goOn = (client: OpenAI, model: string, messages: OpenAI.ChatCompletionMessageParam[], tools = TOOLS) =>
  client.chat.completions.create({ model, messages, tools })

/** The reasoning that stood on the turn with calls when it came upstream. */
function returned({ fleet }: TestGateway, provider: 'deepseek' | 'moonshot'): unknown {
  const body = fleet.providers[provider].requests.at(-1)?.body ?? {}
  const turn = listOf(body['messages'])
    .map(objectOf)
    .find((message) => listOf(message['tool_calls']).length > 0)
  return turn?.['reasoning_content']
}

describe.each([
  ['deepseek', 'deepseek/deepseek-flash', ''],
  ['moonshot', 'moonshot/kimi-k3.1-pro', '.'],
] as const)('%s', (provider, model, filler) => {
  it('gets back what it thought, at whichever gateway the conversation goes on', async () => {
    const key = await one.createKey()
    const { messages, reasoning } = await callTool(clientOf(one, key), model)
    expect(reasoning.length).toBeGreaterThan(50)
    await goOn(clientOf(one, key), model, messages)
    expect(returned(one, provider)).toBe(reasoning)
    await expect
      .poll(async () => {
        await goOn(clientOf(other, key), model, messages)
        return returned(other, provider)
      })
      .toBe(reasoning)
  })

  it('gets a filler where the conversation is another key’s, and no refusal', async () => {
    const { messages } = await callTool(clientOf(one, await one.createKey()), model)
    await goOn(clientOf(one, await one.createKey()), model, messages)
    expect(returned(one, provider)).toBe(filler)
  })

  it('is served while the store is away', async () => {
    const key = await one.createKey()
    const client = clientOf(one, key)
    const { messages } = await callTool(client, model, { question: 'Away? Use the tool.' })
    await redis.cut()
    try {
      const answer = await goOn(client, model, messages)
      expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(0)
    } finally {
      await redis.resume()
    }
    const isUp = async (): Promise<string> => (await fetch(`${one.url}/metrics`)).text()
    await expect.poll(isUp, { timeout: 5_000 }).toContain('\nfarthing_store_up 1')
  })
})

it('comes back where the tool has another name at the provider', async () => {
  const client = clientOf(one, await one.createKey())
  const tools = toolsNamed('weather.now')
  const { messages, reasoning } = await callTool(client, 'moonshot/kimi-k3.1-pro', { tools })
  expect(messages[1]).toMatchObject({ tool_calls: [{ function: { name: 'weather.now' } }] })
  await goOn(client, 'moonshot/kimi-k3.1-pro', messages, tools)
  expect(reasoning.length).toBeGreaterThan(50)
  expect(returned(one, 'moonshot')).toBe(reasoning)
})

it('is never another conversation’s, though Kimi’s calls have the same ids in both', async () => {
  const model = 'moonshot/kimi-k3.1-pro'
  const client = clientOf(one, await one.createKey())
  const first = await callTool(client, model, { question: 'I am Ann. Use the tool.' })
  const second = await callTool(client, model, { question: 'I am Bob. Use the tool.' })
  expect(first.messages[2]).toEqual(second.messages[2])
  const stranger = [
    { role: 'user' as const, content: 'I am Eve. Use the tool.' },
    ...second.messages.slice(1),
  ]
  await goOn(client, model, stranger)
  expect(returned(one, 'moonshot')).toBe('.')
  await goOn(client, model, second.messages)
  expect(returned(one, 'moonshot')).toBe(second.reasoning)
})

it('cannot be read in Redis, and leaves it by itself', async () => {
  const connection = new Redis(redis.url)
  const { reasoning } = await callTool(clientOf(one, await one.createKey()), 'deepseek/deepseek-flash')
  await expect.poll(() => connection.zcard('{farthing}:kept-expiry')).toBeGreaterThan(0)
  const values = Object.entries(await connection.hgetallBuffer('{farthing}:kept'))
  for (const [name, value] of values) expect(`${name}${String(value)}`).not.toContain(reasoning.slice(0, 20))
  for (const name of ['kept', 'kept-expiry', 'kept-bytes']) {
    const ttlMs = await connection.pttl(`{farthing}:${name}`)
    expect(ttlMs).toBeGreaterThan(80_000_000)
    expect(ttlMs).toBeLessThanOrEqual(86_400_000)
  }
  connection.disconnect()
  for (const gateway of [one, other]) expect(gateway.log()).not.toContain(reasoning.slice(0, 20))
})

it('is not kept where the operator does not want it: nothing is there, and nobody refuses', async () => {
  const off = await startGateway({ config: { reasoning: { keep: false } } })
  try {
    for (const model of ['deepseek/deepseek-flash', 'anthropic/claude-opus-5-5', 'openai/gpt-6-luna']) {
      const { messages } = await callTool(off.client, model)
      const answer = await goOn(off.client, model, messages)
      expect(answer.choices[0]?.finish_reason).toBe('stop')
    }
    expect(returned(off, 'deepseek')).toBe('')
  } finally {
    await off.close()
  }
})

it('counts in the hold: what is given back is paid for, and covered', async () => {
  const { messages } = await callTool(one.client, 'deepseek/deepseek-flash')
  const explain = { routing: { explain: true } }
  const asked = { model: 'deepseek/deepseek-flash', messages, tools: TOOLS, max_tokens: 50, ...explain }
  const worstOf = async (client: OpenAI): Promise<number> => {
    const answer = objectOf(JSON.parse(JSON.stringify(await client.chat.completions.create(asked))))
    return Number(objectOf(listOf(objectOf(answer['farthing'])['candidates'])[0])['worst_case_cost_usd'])
  }
  const withReasoning = await worstOf(one.client)
  const without = await worstOf(clientOf(one, await one.createKey()))
  expect(withReasoning).toBeGreaterThan(without)
})
