// A conversation with tools whose every request goes to another provider than the one before, so that results are handed to
// a model that did not ask for them: nobody refuses it, and each gets back what it thought itself.

import { readdir, readFile } from 'node:fs/promises'
import type OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProviderId } from '../../src/core/route.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../../src/simulator/json-value.ts'
import type { ReceivedRequest } from '../../src/simulator/request-log.ts'
import { startGateway, sumMetric, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const TURNS = 12
const MODELS = [
  'deepseek/deepseek-flash',
  'anthropic/claude-sonnet-5-5',
  'moonshot/kimi-k3.1-pro',
  'openai/gpt-6-luna',
  'alibaba/qwen3.8-flash',
]
/** With other habits: calls that Kimi names `functions.get_time:0`, a Claude that always thinks, a GPT without tools on Chat. */
const OTHER_MODELS = [
  'deepseek/deepseek-v4-pro',
  'anthropic/claude-opus-5-5',
  'moonshot/kimi-k2.6',
  'openai/gpt-6-astra',
  'alibaba/qwen3.7-plus',
]
const TOOLS = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}))

interface Client {
  readonly keepsReasoning: boolean
  readonly streams: boolean
}

/** What such a client puts into its history. */
function remembered(
  message: OpenAI.ChatCompletionMessage,
  { keepsReasoning }: Client,
): OpenAI.ChatCompletionMessageParam {
  if (keepsReasoning) return message
  const { content, tool_calls: calls } = message
  return { role: 'assistant', content, ...(calls === undefined ? {} : { tool_calls: calls }) }
}

async function ask(
  model: string,
  messages: OpenAI.ChatCompletionMessageParam[],
  client: Client,
): Promise<OpenAI.ChatCompletionMessage> {
  const request = { model, messages, tools: TOOLS }
  const { completions } = gateway.client.chat
  if (!client.streams) {
    const { data, response } = await completions.create(request).withResponse()
    expect(response.headers.get('x-farthing-attempts')).toBe('1')
    const [choice] = data.choices
    if (choice === undefined) throw new Error('no choice')
    return choice.message
  }
  // As an application puts it together that knows of reasoning_content.
  let reasoning = ''
  const runner = completions.stream(request)
  for await (const chunk of runner)
    reasoning += textOf(objectOf(chunk.choices[0]?.delta)['reasoning_content'])
  const [choice] = (await runner.finalChatCompletion()).choices
  if (choice === undefined) throw new Error('no choice')
  const { content, tool_calls: calls, refusal } = choice.message
  const message = {
    role: 'assistant' as const,
    content,
    refusal,
    ...(calls === undefined ? {} : { tool_calls: calls }),
  }
  return reasoning === '' ? message : Object.assign(message, { reasoning_content: reasoning })
}

interface Moved {
  readonly messages: readonly OpenAI.ChatCompletionMessageParam[]
  /** Who called tools, in order. */
  readonly callers: readonly string[]
}

async function converse(models: readonly string[], client: Client): Promise<Moved> {
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'You are brief.' }]
  const callers: string[] = []
  let requests = 0
  const next = (): string => models[requests++ % models.length] ?? ''
  for (let turn = 0; turn < TURNS; turn++) {
    messages.push({ role: 'user', content: `Question ${turn}: use both tools.` })
    const model = next()
    const called = await ask(model, messages, client)
    callers.push(model)
    expect(called.tool_calls).toHaveLength(2)
    messages.push(remembered(called, client))
    for (const { id } of called.tool_calls ?? [])
      messages.push({ role: 'tool', tool_call_id: id, content: `${turn} degrees` })
    const answered = await ask(next(), messages, client)
    expect(answered.content?.length).toBeGreaterThan(0)
    messages.push(remembered(answered, client))
  }
  return { messages, callers }
}

/** The last request that a provider got. */
function lastOf(provider: ProviderId): ReceivedRequest {
  const request = gateway.fleet.providers[provider].requests.at(-1)
  if (request === undefined) throw new Error(`${provider} got nothing`)
  return request
}

/** How many requests all providers together got. */
function received(): number {
  return Object.values(gateway.fleet.providers).reduce((sum, { requests }) => sum + requests.length, 0)
}

/** How many of its turns in the conversation so far called tools. */
function callsBefore(provider: ProviderId, callers: readonly string[], toolTurns: number): number {
  return callers.slice(0, toolTurns).filter((model) => model.startsWith(provider)).length
}

const toolTurnsOf = (messages: readonly JsonObject[]): readonly JsonObject[] =>
  messages.filter((message) => listOf(message['tool_calls']).length > 0)

describe.each([
  ['drops reasoning', { keepsReasoning: false, streams: false }],
  ['drops reasoning and streams', { keepsReasoning: false, streams: true }],
  ['keeps reasoning', { keepsReasoning: true, streams: false }],
  ['keeps reasoning and streams', { keepsReasoning: true, streams: true }],
] as const)('with a client that %s', (_name, client) => {
  it.each([
    ['forwards', MODELS],
    ['backwards', MODELS.toReversed()],
    ['forwards over other models', OTHER_MODELS],
    ['backwards over other models', OTHER_MODELS.toReversed()],
  ])('moves at every request, %s, and each gets its own thoughts back', async (_direction, models) => {
    const before = { answered: gateway.fleet.books().requests, received: received() }
    const { callers } = await converse(models, client)
    // Each request was sent once and answered: a refusal is in no books.
    expect(received() - before.received).toBe(2 * TURNS)
    expect(gateway.fleet.books().requests - before.answered).toBe(2 * TURNS)

    for (const provider of ['deepseek', 'moonshot'] as const) {
      const turns = toolTurnsOf(listOf(lastOf(provider).body['messages']).map(objectOf))
      const thoughts = turns.map((turn) => textOf(turn['reasoning_content']))
      expect(turns.every((turn) => typeof turn['reasoning_content'] === 'string')).toBe(true)
      const own = callsBefore(provider, callers, turns.length)
      expect(own).toBeGreaterThan(0)
      const whole = thoughts.filter((thought) => thought.length > 20).length
      // Who keeps reasoning hands on that of others, too.
      if (client.keepsReasoning) expect(whole).toBeGreaterThanOrEqual(own)
      else expect(whole).toBe(own)
    }
    const claude = listOf(lastOf('anthropic').body['messages']).flatMap((message) =>
      listOf(objectOf(message)['content']).map(objectOf),
    )
    const claudeTurns = claude.filter(({ type }) => type === 'tool_use').length / 2
    const thinking = claude.filter(({ type }) => type === 'thinking')
    expect(thinking).toHaveLength(callsBefore('anthropic', callers, claudeTurns))
    expect(thinking.length).toBeGreaterThan(0)

    const { path, body } = lastOf('openai')
    expect(path).toBe('/v1/responses')
    const items = listOf(body['input']).map(objectOf)
    const itemTurns = items.filter(({ type }) => type === 'function_call').length / 2
    const sealed = items.filter(({ type }) => type === 'reasoning')
    expect(sealed).toHaveLength(callsBefore('openai', callers, itemTurns))
    expect(sealed.length).toBeGreaterThan(0)
  })
})

it('books all of it to the picodollar', async () => {
  const books = gateway.fleet.books()
  const report = async (): Promise<{ requests: number; attempts: number; cost_usd: number }> => {
    const { total }: { total: { requests: number; attempts: number; cost_usd: number } } = JSON.parse(
      await (await gateway.admin('/spend')).text(),
    )
    return total
  }
  await expect.poll(async () => (await report()).requests).toBe(books.requests)
  const { attempts, cost_usd: cost } = await report()
  expect(attempts).toBe(books.requests)
  expect(BigInt(Math.round(cost * 1e12))).toBe(books.billedPico)
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
  expect(sumMetric(metrics, 'farthing_spend_usd_total')).toBe(books.billedPico)
})

it('says nothing of it in the log, and keeps nothing that can be read', async () => {
  const asked = lastOf('deepseek').body
  const thought = toolTurnsOf(listOf(asked['messages']).map(objectOf))
    .map((turn) => textOf(turn['reasoning_content']))
    .find((text) => text.length > 20)
  expect(thought).toBeDefined()
  const words = thought?.slice(0, 30) ?? ''
  expect(gateway.log()).not.toContain(words)
  const files = (await readdir(gateway.dataDir)).filter((name) => !name.endsWith('.yaml'))
  expect(files.some((name) => name.startsWith('kept.sqlite'))).toBe(true)
  for (const name of files) {
    const bytes = await readFile(`${gateway.dataDir}/${name}`)
    expect(bytes.includes(words) ? name : null).toBeNull()
  }
})
