// Quirks of turns that called tools: their reasoning has to come back, whatever became of it at the client. The numbers are
// those of docs/providers.md.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listOf, objectOf, textOf } from '../../../src/simulator/json-value.ts'
import { type Asked, askModel, chunksOf, functionTool } from '../../support/ask-model.ts'
import { startGateway, type TestGateway } from '../../support/gateway.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const tools = [functionTool('get_weather')]
const QUESTION = { role: 'user', content: 'Use the tool.' }

interface Turn {
  readonly calls: readonly unknown[]
  readonly reasoning: string
}

/** The turn of an answer, whole or streamed. */
function turnOf({ status, body, text }: Asked, isStream: boolean): Turn {
  expect(status).toBe(200)
  if (!isStream) {
    const message = body.choices?.[0]?.message
    return { calls: message?.tool_calls ?? [], reasoning: message?.reasoning_content ?? '' }
  }
  const deltas = chunksOf(text).map((chunk) => objectOf(objectOf(listOf(chunk['choices'])[0])['delta']))
  const pieces = deltas.flatMap((delta) => listOf(delta['tool_calls']).map(objectOf))
  const ids = pieces.map((piece) => textOf(piece['id'])).filter((id) => id !== '')
  const named = { name: 'get_weather', arguments: '{"city":"sample"}' }
  return {
    calls: ids.map((id) => ({ id, type: 'function', function: named })),
    reasoning: deltas.map((delta) => textOf(delta['reasoning_content'])).join(''),
  }
}

const conversation = (calls: readonly unknown[], reasoning: object = {}) => [
  QUESTION,
  { role: 'assistant', content: null, tool_calls: calls, ...reasoning },
  ...calls.map((call) => ({ role: 'tool', tool_call_id: objectOf(call)['id'], content: '12' })),
]

/** What the turn with calls had for reasoning when the provider got it. */
function returnedBy({ sent }: Asked): unknown {
  expect(sent).toHaveLength(1)
  const turns = listOf(sent[0]?.body['messages']).map(objectOf)
  return turns.find((turn) => listOf(turn['tool_calls']).length > 0)?.['reasoning_content']
}

const FOREIGN = [
  { id: 'toolu_01', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
]

const ROWS = [
  ['quirk 6: DeepSeek', 'deepseek/deepseek-flash', '', /must be passed back to the API/],
  ['quirk 7: Kimi', 'moonshot/kimi-k3.1-pro', '.', /reasoning_content is missing in assistant tool call/],
] as const

describe.each(ROWS)('%s wants the reasoning of turns that called tools', (_quirk, model, filler, refusal) => {
  it('and refuses them without', async () => {
    const { baseUrl, apiKey } = gateway.fleet.providers[model === ROWS[0][1] ? 'deepseek' : 'moonshot']
    const response = await fetch(`${baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: model.split('/')[1], messages: conversation(FOREIGN), tools }),
    })
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(refusal)])
  })

  it.each([
    ['whole', false],
    ['streamed', true],
  ])(
    'and gets back what it thought in an answer that came %s, though the client dropped it',
    async (_, stream) => {
      const fields = { messages: [QUESTION], tools }
      const { calls, reasoning } = turnOf(await askModel(gateway, model, { ...fields, stream }), stream)
      expect(calls.length).toBeGreaterThan(0)
      expect(reasoning.length).toBeGreaterThan(50)
      // Left out, emptied, or no text at all: what clients that know no such field make of it.
      for (const kept of [{}, { reasoning_content: '' }, { reasoning_content: null }]) {
        const asked = await askModel(gateway, model, { messages: conversation(calls, kept), tools, stream })
        expect([asked.status, returnedBy(asked)]).toEqual([200, reasoning])
      }
      const own = { reasoning_content: 'My own thoughts.' }
      const asked = await askModel(gateway, model, { messages: conversation(calls, own), tools })
      expect([asked.status, returnedBy(asked)]).toEqual([200, own.reasoning_content])
    },
  )

  it('and gets a filler for a turn of somebody else’s', async () => {
    for (const kept of [{}, { reasoning_content: '' }, { reasoning_content: null }]) {
      const asked = await askModel(gateway, model, { messages: conversation(FOREIGN, kept), tools })
      expect([asked.status, returnedBy(asked)]).toEqual([200, filler])
    }
  })
})

it('a turn of a DeepSeek that does not think has none, and wants none', async () => {
  const fields = { messages: conversation(FOREIGN), tools, reasoning_effort: 'none' }
  const asked = await askModel(gateway, 'deepseek/deepseek-flash', fields)
  expect([asked.status, returnedBy(asked)]).toEqual([200, undefined])
})
