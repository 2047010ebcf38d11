// Ids of tool calls come from whoever made the call, and others do not take them all: each call still has its own result when
// a provider gets the conversation.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type JsonObject, listOf, objectOf, textOf } from '../../src/simulator/json-value.ts'
import { askModel, functionTool } from '../support/ask-model.ts'
import { startGateway, type TestGateway } from '../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const tools = [functionTool('get_time')]

/** Turns, each with the ids of its calls. */
function conversation(turns: readonly (readonly string[])[]): object[] {
  const messages: object[] = [{ role: 'user', content: 'What time is it everywhere?' }]
  for (const [turn, ids] of turns.entries()) {
    const named = { name: 'get_time', arguments: '{"city":"Oslo"}' }
    const calls = ids.map((id) => ({ id, type: 'function', function: named }))
    messages.push({ role: 'assistant', content: null, tool_calls: calls })
    for (const [call, id] of ids.entries())
      messages.push({ role: 'tool', tool_call_id: id, content: `result ${turn}.${call}` })
  }
  return messages
}

/** What the provider reads as the result of each call, in the order of the calls. */
function resultsIn(body: JsonObject): readonly string[] {
  if (Array.isArray(body['input'])) {
    const items = listOf(body['input']).map(objectOf)
    const outputs = new Map(
      items.filter(({ type }) => type === 'function_call_output').map((item) => [item['call_id'], item]),
    )
    const calls = items.filter(({ type }) => type === 'function_call')
    return calls.map((call) => textOf(outputs.get(call['call_id'])?.['output']))
  }
  const messages = listOf(body['messages']).map(objectOf)
  return messages.flatMap((message, index) => {
    const calls = listOf(message['tool_calls']).map(objectOf)
    const used = listOf(message['content'])
      .map(objectOf)
      .filter(({ type }) => type === 'tool_use')
    return [...calls, ...used].map(({ id }) => resultAfter(messages.slice(index + 1), id))
  })
}

function resultAfter(messages: readonly JsonObject[], id: unknown): string {
  for (const message of messages) {
    if (message['tool_call_id'] === id) return textOf(message['content'])
    for (const block of listOf(message['content']).map(objectOf))
      if (block['tool_use_id'] === id) return textOf(objectOf(listOf(block['content'])[0])['text'])
  }
  return 'none'
}

const PINS = [
  ['deepseek/deepseek-flash', {}],
  ['alibaba/qwen3.8-flash', {}],
  ['moonshot/kimi-k3.1-pro', {}],
  ['openai/gpt-6-luna', { reasoning_effort: 'none' }],
  ['openai/gpt-6-luna', { reasoning_effort: 'low' }],
  ['anthropic/claude-sonnet-5-5', {}],
] as const

describe.each(PINS)('%s, %o', (model, fields) => {
  it.each([
    ['as Kimi counts them', [['functions.get_time:0', 'functions.get_time:1'], ['functions.get_time:2']]],
    ['of 41 characters, and of a hundred', [['x'.repeat(41), 'y'.repeat(100)]]],
    ['that come again in every turn', [['get_time_0'], ['get_time_0'], ['get_time_0']]],
    ['that two calls of a turn share', [['same', 'same', 'other'], ['same']]],
    ['that are empty', [['', 'a']]],
  ])('pairs ids %s', async (_, turns) => {
    const asked = await askModel(gateway, model, { messages: conversation(turns), tools, ...fields })
    expect([asked.status, asked.status === 200 ? '' : asked.text]).toEqual([200, ''])
    expect(resultsIn(asked.sent[0]?.body ?? {})).toEqual(
      turns.flatMap((ids, turn) => ids.map((_id, call) => `result ${turn}.${call}`)),
    )
  })

  it('leaves alone what it takes, so that its cache knows it again', async () => {
    const messages = conversation([['toolu_01AbC-d', 'call_9'], ['call_10']])
    const { sent } = await askModel(gateway, model, { messages, tools, ...fields })
    for (const id of ['toolu_01AbC-d', 'call_9', 'call_10'])
      expect(JSON.stringify(sent[0]?.body).split(`"${id}"`)).toHaveLength(3)
  })
})
